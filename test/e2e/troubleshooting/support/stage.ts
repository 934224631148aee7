import { waitFor } from '../../support/wait.ts'
import { pullSecret } from '../../install/support/accounts.ts'
import { createNamespaces } from '../../install/support/namespaces.ts'
import { deploy, remove } from '../../install/support/release.ts'
import { scaleWebhook, untilWaiting } from '../../install/support/repairs.ts'
import { pod, untilRunning } from '../../install/support/workloads.ts'
import { world, type World } from '../../install/support/world.ts'
import type { Names } from './page.ts'
import { expiredLicense, proxyThatIsDown, releases, type Installed } from './releases.ts'

/** A Pod, and the release whose webhook looks after it, or should. */
export interface Patient {
  readonly release: Installed
  readonly namespace: string
  readonly name: string
  readonly image: string
  readonly metadata?: object
  readonly spec?: object
}

/** Pods that wait for their image, each for another reason, and one that runs. */
export type Patients = ReturnType<typeof patientsOf>

export interface Stage {
  readonly patients: Patients
  close(): Promise<void>
}

/** Covered by no release. */
const uncovered = 'uncovered'
/** Whose link the vendor takes away. */
const unlinked = 'gcr.io'
const gate = 'example.com/not-yet'
const absentDigest = `sha256:${'0'.repeat(64)}`

function patientsOf({ usual, expired, misnamed, away, unproxied }: ReturnType<typeof releases>) {
  const of = (release: Installed, name: string, image = `quay.io/my-org/${name}:1`, more: Partial<Patient> = {}) => {
    const patient: Patient = { release, namespace: release.namespaces[0] ?? '', name, image, ...more }
    return patient
  }
  return {
    expired: of(expired, 'of-an-expired-license'),
    unlinked: of(usual, 'not-linked', `${unlinked}/my-project/app:1`),
    missing: of(usual, 'missing', 'registry.k8s.io/tools/no-such-image:1'),
    misnamed: of(misnamed, 'of-a-wrong-slug'),
    bypassed: of(away, 'created-while-it-was-down'),
    uncovered: of(usual, 'not-covered', undefined, { namespace: uncovered }),
    optedOut: of(usual, 'opted-out', undefined, { metadata: { labels: { 'image-proxy-webhook/ignore': 'true' } } }),
    uncopied: of(away, 'without-its-copy', undefined, { spec: { schedulingGates: [{ name: gate }] } }),
    foreign: of(usual, 'with-a-foreign-secret', undefined, { namespace: 'foreign' }),
    unproxied: of(unproxied, 'of-a-proxy-that-is-down'),
    unreachable: of(usual, 'unreachable', 'registry.customer.example/team/app:1'),
    undigested: of(usual, 'without-its-digest', `quay.io/my-org/moved:1@${absentDigest}`),
    healthy: of(usual, 'healthy'),
  }
}

export function namesOf({ release, namespace, name, image }: Patient): Names {
  const webhook = `app.kubernetes.io/name=image-proxy-webhook,app.kubernetes.io/instance=${release.name}`
  return { NAMESPACE: release.namespace, WEBHOOK: webhook, APP: namespace, POD: name, IMAGE: image }
}

let shared: Promise<Stage> | undefined

/** Call it in a `describe`: its tests then have all those Pods in the cluster. */
export function useStage(): () => Stage {
  let here: Stage | undefined
  before(async function () {
    this.timeout(300_000)
    shared ??= setStage(await world())
    here = await shared
  })
  return () => {
    if (here === undefined) throw new Error('nothing is on the stage yet')
    return here
  }
}

after(async function () {
  this.timeout(120_000)
  const stage = await shared?.catch(() => undefined)
  await stage?.close()
})

/** Makes all of it happen side by side: kubelets take their time between two tries. */
async function setStage(here: World): Promise<Stage> {
  const { cluster, scene } = here
  const script = cluster.script()
  const installed = releases(script.furtherAddresses)
  const patients = patientsOf(installed)
  const all: readonly Patient[] = Object.values(patients)
  const namespaces = Object.values(installed).flatMap((release) => [release.namespace, ...release.namespaces])

  await createNamespaces(here, [...namespaces, uncovered])
  await cluster.kubectl([
    ...['create', 'secret', 'docker-registry', pullSecret, '--namespace=foreign'],
    ...['--docker-server=proxy.replicated.com', '--docker-username=somebody', '--docker-password=else'],
  ])
  scene.proxy.setLicense(expiredLicense, 'expired')
  scene.proxy.setLinked(unlinked, false)
  const get = ['get', 'nodes', '--output=jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}']
  await script.resolve(proxyThatIsDown, (await cluster.kubectl(get)).stdout)
  const pushed = all.filter(({ image }) => image !== patients.missing.image)
  await Promise.all(pushed.map(({ image }) => scene.push(image.replace(/@.*$/, ''))))
  await Promise.all(Object.values(installed).map((release) => deploy(here, 'install', release, release.options)))
  await Promise.all(Object.values(installed).map((release) => untilAsked(here, release)))

  const create = (patient: Patient) => createPod(here, patient)
  await create(patients.uncopied)
  await scaleWebhook(here, installed.away, 0)
  await cluster.kubectl(['delete', 'secret', pullSecret, '--namespace=away'])
  await Promise.all(all.filter((patient) => patient !== patients.uncopied).map(create))
  const ungate = JSON.stringify([{ op: 'remove', path: '/spec/schedulingGates' }])
  await cluster.kubectl([
    'patch',
    'pod',
    patients.uncopied.name,
    '--namespace=away',
    '--type=json',
    `--patch=${ungate}`,
  ])
  const waiting = all.filter((patient) => patient !== patients.healthy)
  await Promise.all(waiting.map(({ namespace, name }) => untilWaiting(here, namespace, name)))
  await untilRunning(here, patients.healthy.namespace, patients.healthy.name)

  return {
    patients,
    async close() {
      scene.proxy.setLinked(unlinked, true)
      for (const release of Object.values(installed)) await remove(here, release)
      await cluster.kubectl(['delete', 'namespace', ...namespaces, uncovered, '--wait=false'])
    },
  }
}

async function createPod({ cluster }: World, { namespace, name, image, metadata = {}, spec }: Patient): Promise<void> {
  const made = pod(name, { main: image }, spec)
  const labels = { ...made.metadata.labels, ...('labels' in metadata ? (metadata.labels as object) : {}) }
  const object = { ...made, metadata: { ...made.metadata, ...metadata, labels } }
  await cluster.apply(JSON.stringify(object), `--namespace=${namespace}`)
}

/** Resolves when the API server gets answers: a warning, or another image. */
async function untilAsked({ cluster }: World, { namespaces: [namespace = ''] }: Installed): Promise<void> {
  const image = 'quay.io/my-org/no-such-image:1'
  const create = ['run', 'probe', `--image=${image}`, '--dry-run=server', `--namespace=${namespace}`]
  await waitFor(`an answer about ${namespace}`, async () => {
    const { stdout, stderr } = await cluster.kubectl([...create, '--output=jsonpath={.spec.containers[0].image}'])
    return stdout !== image || stderr.includes('is left alone')
  })
}
