import { parseYaml } from './document.ts'
import { meantBy } from './misspelling.ts'
import { isListSchema, isMapSchema, leavesOf, type Leaf } from './shape.ts'
import { configSchema } from './schema.ts'

/** An environment variable of the configuration and the key that it sets. */
export interface Variable extends Leaf {
  readonly name: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** One variable for every key of the configuration. */
export const variables: readonly Variable[] = leavesOf(configSchema).map((leaf) => ({
  ...leaf,
  name: variableOf(leaf.path),
}))

/** The variable that sets a key: `CHECK_CACHE_MAX_ENTRIES` for `check.cache.maxEntries`. */
export function variableOf(path: readonly string[]): string {
  return path.map((key) => key.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_')
}

/**
 * What a variable sets its key to; undefined where it is unset, empty or blank. Text that does not suit the key is
 * returned as it is, for the schema to refuse.
 */
export function readVariable({ name, schema }: Variable, environment: Environment): unknown {
  const text = environment[name]?.trim()
  if (text === undefined || text === '' || isServiceLink(name, text)) return undefined

  if (isListSchema(schema)) {
    const plain = !isMapSchema(schema.item) && !text.startsWith('[')
    return plain ? text.split(',').flatMap((item) => item.trim() || []) : readYaml(text)
  }
  switch (schema.type) {
    case 'record':
      return readYaml(text)
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    default:
      return text
  }
}

/**
 * Sentences about variables that begin like one of the configuration and are none: a misspelled one would have no effect,
 * without a word. None of them quotes a value.
 */
export function unknownVariables(environment: Environment): string[] {
  const names = variables.map(({ name }) => name)
  const sections = variables.flatMap(({ path: [section = '', ...below] }) => {
    return below.length > 0 ? [`${variableOf([section])}_`] : []
  })
  return Object.entries(environment).flatMap(([name, text = '']) => {
    if (names.includes(name) || isServiceLink(name, text)) return []
    const meant = meantBy(name, names)
    if (meant !== undefined) return [`${name} is no variable of the configuration; did you mean ${meant}?`]
    const known = sections.some((section) => name.startsWith(section))
    return known ? [`${name} begins like a variable of the configuration and is none`] : []
  })
}

/**
 * Kubernetes sets `SERVER_PORT=tcp://10.96.0.1:80`, and others like it, where a Service named `server` is in the
 * namespace; nobody meant them for us.
 * https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
function isServiceLink(name: string, text: string): boolean {
  if (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(text)) return true
  return /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name)
}

function readYaml(text: string): unknown {
  const document = parseYaml(text)
  return 'faults' in document ? text : document.value
}
