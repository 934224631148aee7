import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { run } from './command.ts'

/** The versions of Helm that the chart is for, by the names of their programs. */
export const helms = ['helm3', 'helm4'] as const

export type Helm = (typeof helms)[number]

export const chart = fileURLToPath(new URL('../../../charts/image-proxy-webhook', import.meta.url))

/** The least that an install takes. */
export const licensed = { appSlug: 'my-app', license: { id: 'a-license-id' } }

/** A rendered object, as far as the tests look at all of them alike. */
export interface Manifest {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [key: string]: unknown
}

export interface Release {
  readonly name?: string
  readonly namespace?: string
  readonly chart?: string
  readonly args?: readonly string[]
}

/** What `helm template` prints for these values, as text. Rejects with what Helm says where it refuses them. */
export async function render(helm: Helm, values: unknown, release: Release = {}): Promise<string> {
  const { name = 'proxy', namespace = 'image-proxy-system', chart: path = chart, args = [] } = release
  const words = ['template', name, path, `--namespace=${namespace}`, '--kube-version=1.34.0', '--values=-', ...args]
  const { stdout } = await run(helm, words, { input: JSON.stringify(values), env: await environment() })
  return stdout
}

/** The objects that the chart renders to. */
export async function manifests(values: unknown, release?: Release, helm: Helm = 'helm4'): Promise<Manifest[]> {
  return parse(await render(helm, values, release))
}

export function parse(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const manifest = document.toJS() as Manifest | null
    return manifest === null ? [] : [manifest]
  })
}

/** The only object of its kind, and of that name where one is given. */
export function only(objects: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = objects.filter(
    (object) => object.kind === kind && (name ?? object.metadata.name) === object.metadata.name,
  )
  const [object] = found
  if (object === undefined || found.length > 1) {
    throw new Error(`${found.length} objects are a ${kind} ${name ?? ''} among ${objects.map(idOf).join(', ')}`)
  }
  return object
}

export function idOf({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

/** The webhook's configuration file among these objects. */
export function configText(objects: readonly Manifest[]): string {
  const data = objects.find(({ kind, data }) => kind === 'ConfigMap' && isContainer(data) && 'config.yaml' in data)?.[
    'data'
  ]
  return String(isContainer(data) ? data['config.yaml'] : undefined)
}

/** What is at a path such as `spec.ports.0.name`; undefined where there is nothing. */
export function at(object: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => (isContainer(value) ? value[key] : undefined), object)
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** What Helm says about values that it refuses. */
export async function refusal(helm: Helm, values: unknown): Promise<string> {
  const text = await render(helm, values).catch((error: unknown) => error)
  if (text instanceof Error) return text.message
  throw new Error(`${helm} accepts ${JSON.stringify(values)}`)
}

export async function lint(helm: Helm, ...args: readonly string[]): Promise<void> {
  await run(helm, ['lint', '--strict', chart, ...args], { env: await environment() })
}

let found: Promise<NodeJS.ProcessEnv> | undefined

/** In which both programs are found: on PATH, or else where the script that makes the test cluster has put them. */
function environment(): Promise<NodeJS.ProcessEnv> {
  found ??= run('bash', ['-c', 'command -v helm3 helm4']).then(
    () => process.env,
    async () => ({ ...process.env, PATH: `${await pathOfScript()}${delimiter}${process.env['PATH'] ?? ''}` }),
  )
  return found
}

async function pathOfScript(): Promise<string> {
  const script =
    process.env['CLUSTER_SCRIPT'] ?? fileURLToPath(new URL('../../../../shared/cluster/cluster', import.meta.url))
  await run(script, ['build'])
  return (await run('bash', ['-c', 'eval "$("$0" env)" && printf %s "$PATH"', script])).stdout
}
