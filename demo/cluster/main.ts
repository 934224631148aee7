import { writeFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { stringify } from 'yaml'
import { tryParseReference, type Reference } from '../../src/reference/reference.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { endpointsAt, proxyDomain } from '../../testbed/servers.ts'
import { licenseFile } from '../../testbed/webhookFiles.ts'
import { apply, kubectl, DemoError } from './kubectl.ts'
import { appNamespace, firstObjects, firstPort, namespace, nodePort, workloads } from './objects.ts'

/*
 * Puts the demo's registries and the licensed proxy's stand-in into the cluster of the current context, and writes the
 * values with which the chart finds them there: `npm run demo:cluster`. Nodes pull from the stand-in as `localhost`, which
 * container runtimes need neither a certificate nor a setting for; the webhook asks at the address of a Service, which
 * needs no name that anybody would have to know.
 */

const defaultImage = 'image-proxy-webhook:demo'
const root = join(import.meta.dirname, '../..')
const valuesFile = 'demo-values.yaml'
const month = 31 * 24 * 3_600_000

try {
  const { values } = parseArgs({ options: { image: { type: 'string', default: defaultImage } } })
  const image = tryParseReference(values.image)
  if ('fault' in image) throw new DemoError(`--image: ${image.fault}`)
  await install(values.image, image)
} catch (error) {
  if (!(error instanceof DemoError) && !isUsageError(error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function install(image: string, reference: Reference): Promise<void> {
  const context = (await kubectl(['config', 'current-context'])).trim()
  say(`Into the cluster of the context "${context}":\n`)
  say(await apply(firstObjects()))
  const service = ['service', 'registries', `--namespace=${namespace}`]
  const address = await kubectl(['get', ...service, '--output=jsonpath={.spec.clusterIP}'])

  const notAfter = new Date(Date.now() + month)
  const authority = await createAuthority('image-proxy-webhook demo', { notAfter })
  const certificate = await authority.issue({ names: ['localhost', address], notAfter })
  const ca = authority.certificate
  say(await apply(workloads({ image, address, certificate, ca, programs: await bundle() })))
  say('Waiting until they run …\n')
  for (const workload of ['deployment/registries', 'daemonset/node-proxy']) await untilReady(workload, image)

  await writeFile(join(root, valuesFile), valuesOf(reference, address, ca), { mode: 0o600 })
  say(`
Now the cluster has registries of several kinds and a stand-in for the licensed proxy, in the namespace ${namespace};
nodes reach that proxy as localhost:${nodePort}. The namespace ${appNamespace} is for Pods to try. ${valuesFile} holds a
license, and tells the webhook where all of this is:

  helm upgrade --install image-proxy-webhook charts/image-proxy-webhook --values ${valuesFile} \\
    --namespace image-proxy-system --create-namespace --wait
`)
}

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** What runs in the cluster, as JavaScript that needs nothing beside it. */
async function bundle(): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: ['registries', 'forward'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
  })
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]))
}

async function untilReady(workload: string, image: string): Promise<void> {
  try {
    await kubectl(['rollout', 'status', workload, `--namespace=${namespace}`, '--timeout=90s'])
  } catch (error) {
    if (!(error instanceof DemoError)) throw error
    const path = '{range .items[*].status.containerStatuses[*]}{.image}{" "}{.state.waiting.reason}{"\\n"}{end}'
    say(await kubectl(['get', 'pods', `--namespace=${namespace}`, `--output=jsonpath=${path}`]))
    throw new DemoError(
      `${workload} does not run: have the nodes the image ${image}, or can they pull it? Another one: --image NAME`,
    )
  }
}

/** The chart's values for a cluster with these registries in it. */
function valuesOf({ domain, path, tag, digest }: Reference, address: string, ca: string): string {
  const values = {
    license: { file: licenseFile() },
    proxy: { domain: `localhost:${nodePort}` },
    check: { allowedNetworks: [`${address}/${isIPv6(address) ? 128 : 32}`], ca, endpoints: endpoints(address) },
    additionalNamespaces: [appNamespace],
    image: { repository: `${domain}/${path}`, tag, digest },
  }
  return stringify(values)
}

/** The webhook does not ask at the node's `localhost`, which is its own Pod there. */
function endpoints(address: string): Record<string, string> {
  const { [proxyDomain]: proxy = '', ...others } = endpointsAt(address, firstPort)
  return { ...others, [`localhost:${nodePort}`]: proxy }
}

function say(text: string): void {
  process.stdout.write(text)
}
