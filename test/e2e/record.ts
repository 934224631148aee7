/**
 * Records test/fixtures/reviews: what a real API server asks a webhook, scenario by scenario. All of them, or those
 * that are named as arguments. The expected patches beside them are written by hand.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Operation } from 'fast-json-patch'
import { parseAllDocuments } from 'yaml'
import { createAuthority } from '../../testbed/certificates.ts'
import { required, up, type Cluster } from './support/cluster.ts'
import { startRecorder, type Recorder, type Recording } from './support/recorder.ts'
import { scenarios, type Scenario } from './support/scenarios.ts'
import { waitFor } from './support/wait.ts'

const namespace = 'my-app'
const path = '/mutate?timeout=5s'
const chosen = process.argv.slice(2)

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/reviews/${name}.json`, import.meta.url))
const manifestFile = (name: string) => fileURLToPath(new URL(`manifests/${name}.yaml`, import.meta.url))

async function record(cluster: Cluster, recorder: Recorder, scenario: Scenario): Promise<void> {
  const manifest = await readFile(manifestFile(scenario.manifest ?? scenario.name), 'utf8')
  recorder.answerWith(await patchOf(scenario.admittedAs))
  const remove =
    scenario.static === true
      ? await startStaticPod(cluster, scenario.name, manifest)
      : await apply(cluster, manifest, scenario)
  if (scenario.then !== undefined) await cluster.kubectl([`--namespace=${namespace}`, ...scenario.then])

  const recording = await waitFor(`the review of ${scenario.name}`, () => {
    return recorder.recordings().find((recording) => isOf(recording, scenario, nameIn(manifest)))
  })
  if (recording.path !== path) throw new Error(`${scenario.name} was sent to ${recording.path}, not ${path}`)
  await writeFile(fixture(scenario.name), `${JSON.stringify(JSON.parse(recording.body), null, 2)}\n`)
  console.log(`${scenario.name}: ${recording.body.length} bytes`)
  await remove()
}

async function patchOf(name: string | undefined): Promise<Operation[]> {
  return name === undefined ? [] : (JSON.parse(await readFile(fixture(`${name}.patch`), 'utf8')) as Operation[])
}

async function apply(cluster: Cluster, manifest: string, scenario: Scenario): Promise<() => Promise<void>> {
  const inNamespace = `--namespace=${namespace}`
  await cluster.apply(manifest, inNamespace, ...(scenario.apply ?? []))
  return async () => {
    await cluster.kubectl(['delete', '--filename=-', inNamespace, '--ignore-not-found'], { input: manifest })
  }
}

async function startStaticPod(cluster: Cluster, name: string, manifest: string): Promise<() => Promise<void>> {
  const file = join(required(cluster.env, 'CLUSTER_STATE'), 'manifests', `${name}.yaml`)
  await writeFile(file, manifest)
  return () => rm(file)
}

/** The name of a manifest's last object, with which the names of its Pods begin. */
function nameIn(manifest: string): string {
  return String(parseAllDocuments(manifest).at(-1)?.getIn(['metadata', 'name']))
}

function isOf(
  { review: { request } }: Recording,
  { operation = 'CREATE', subResource }: Scenario,
  name: string,
): boolean {
  const metadata = (request.object ?? request.oldObject)?.metadata
  return (
    request.operation === operation &&
    request.subResource === subResource &&
    (metadata?.name ?? metadata?.generateName ?? '').startsWith(name)
  )
}

async function register(cluster: Cluster, url: string, ca: string): Promise<void> {
  await cluster.kubectl(['create', 'namespace', namespace])
  const rule = { apiGroups: [''], apiVersions: ['v1'], scope: 'Namespaced' }
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'recorder' },
    webhooks: [
      {
        name: 'recorder.example.com',
        clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') },
        rules: [
          { ...rule, resources: ['pods'], operations: ['CREATE', 'UPDATE', 'DELETE'] },
          { ...rule, resources: ['pods/ephemeralcontainers'], operations: ['UPDATE'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      },
    ],
  }
  await cluster.apply(JSON.stringify(configuration))
}

async function unregister(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'recorder', '--ignore-not-found'])
  await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false'])
}

/** The API server learns of a webhook, and makes a namespace's ServiceAccount, a moment after it was told to. */
async function untilAsked(cluster: Cluster, recorder: Recorder): Promise<void> {
  await waitFor('the API server to ask the recorder', async () => {
    await cluster.kubectl([`--namespace=${namespace}`, 'run', 'probe', '--image=busybox:1.36', '--dry-run=server'])
    return recorder.recordings().length > 0
  })
}

async function recordAll(cluster: Cluster, recorder: Recorder, ca: string): Promise<void> {
  await register(cluster, `https://${cluster.hostAddress}:${recorder.port}/mutate`, ca)
  try {
    await untilAsked(cluster, recorder)
    for (const scenario of scenarios) {
      if (chosen.length === 0 || chosen.includes(scenario.name)) await record(cluster, recorder, scenario)
    }
  } finally {
    await unregister(cluster)
  }
}

const cluster = await up()
try {
  const authority = await createAuthority()
  const recorder = await startRecorder(cluster.hostAddress, await authority.issue({ names: [cluster.hostAddress] }))
  try {
    await recordAll(cluster, recorder, authority.certificate)
  } finally {
    await recorder.close()
  }
} finally {
  await cluster.down()
}
