import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { run } from '../../support/command.ts'
import { newestHelm, programOf, type Helm } from './programs.ts'

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
  const { stdout } = await run(programOf(helm), words, { input: JSON.stringify(values) })
  return stdout
}

/** The objects that the chart renders to. */
export async function manifests(values: unknown, release?: Release, helm: Helm = newestHelm()): Promise<Manifest[]> {
  return parse(await render(helm, values, release))
}

/** @throws where something is no YAML, or has a key twice, which kubectl and Kustomize refuse as well */
export function parse(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
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
  await run(programOf(helm), ['lint', '--strict', chart, ...args])
}
