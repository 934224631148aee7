import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'

interface Definition {
  readonly properties?: Readonly<Record<string, Definition>>
  readonly items?: Definition
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string
    readonly version: string
    readonly kind: string
  }[]
  readonly [keyword: string]: unknown
}

/** The API server's own schemas, as files that kubeconform reads. */
export interface Schemas {
  /** For `-schema-location`. */
  readonly location: string
  remove(): Promise<void>
}

/** Reads what `/openapi/v2` describes: every kind that this API server has, custom ones included. */
export async function readSchemas(cluster: Cluster): Promise<Schemas> {
  const { stdout } = await cluster.kubectl(['get', '--raw', '/openapi/v2'])
  const { definitions } = JSON.parse(stdout) as { readonly definitions: Readonly<Record<string, Definition>> }
  const directory = await mkdtemp(join(tmpdir(), 'schemas-'))
  await writeFile(
    join(directory, 'definitions.json'),
    JSON.stringify({ definitions: mapValues(definitions, strictly) }),
  )
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const file = [kind.toLowerCase(), ...(group === '' ? [] : [group.split('.')[0]]), version].join('-')
      const schema = { $ref: `definitions.json#/definitions/${name}` }
      await writeFile(join(directory, `${file}.json`), JSON.stringify(schema))
    }
  }
  return {
    location: join(directory, '{{ .ResourceKind }}{{ .KindSuffix }}.json'),
    remove: () => rm(directory, { recursive: true }),
  }
}

/** With unknown keys as a fault, in objects of custom kinds at every depth. What may be a number or a text is either. */
function strictly(definition: Definition): Definition {
  const { properties, items, ...others } = definition
  if (others['format'] === 'int-or-string') return { type: ['string', 'integer'] }
  return {
    ...others,
    ...(items === undefined ? {} : { items: strictly(items) }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, strictly), additionalProperties: false }),
  }
}

function mapValues<Value>(
  map: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
}
