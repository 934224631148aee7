/** What Kubernetes takes where a value of the chart is a part of one of its own kinds, made of its client library's models. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as models from '@kubernetes/client-node'
import type { Schema } from './chart-schema.ts'

interface Attribute {
  readonly baseName: string
  readonly type: string
  readonly format: string
}

const text = { type: ['string', 'null'] }
const texts = { type: ['array', 'null'], items: { type: 'string' } }
const natural = { type: ['integer', 'null'], minimum: 0 }
const positive = { type: ['integer', 'null'], minimum: 1 }
const quantity = { type: ['string', 'number', 'null'] }
const labels = { $ref: '#/definitions/labels' }
const quantities = { $ref: '#/definitions/quantities' }
const network = { $ref: '#/definitions/network' }
const oneOf = (...values: readonly string[]) => ({ enum: values })

/** What the models do not say: values that are listed by name, bounds, and texts that may be numbers as well. */
const narrower: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  V1AppArmorProfile: { type: oneOf('RuntimeDefault', 'Localhost', 'Unconfined') },
  V1Container: {
    name: { $ref: '#/definitions/containerName' },
    imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
    terminationMessagePolicy: oneOf('File', 'FallbackToLogsOnError'),
  },
  V1ContainerPort: { protocol: oneOf('TCP', 'UDP', 'SCTP'), containerPort: { $ref: '#/definitions/port' } },
  V1EmptyDirVolumeSource: { sizeLimit: quantity },
  V1IPBlock: { cidr: network, except: { type: ['array', 'null'], items: network } },
  V1LabelSelector: { matchLabels: labels },
  V1LabelSelectorRequirement: {
    key: { $ref: '#/definitions/qualifiedName' },
    operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
  },
  V1NetworkPolicyPort: { protocol: oneOf('TCP', 'UDP', 'SCTP') },
  V1NodeSelectorRequirement: {
    operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  },
  V1PodSecurityContext: {
    fsGroup: natural,
    runAsGroup: natural,
    runAsUser: natural,
    fsGroupChangePolicy: oneOf('OnRootMismatch', 'Always'),
    seLinuxChangePolicy: oneOf('Recursive', 'MountOption'),
    supplementalGroupsPolicy: oneOf('Merge', 'Strict'),
  },
  V1PreferredSchedulingTerm: { weight: { type: 'integer', minimum: 1, maximum: 100 } },
  V1ResourceFieldSelector: { divisor: quantity },
  V1ResourceRequirements: { limits: quantities, requests: quantities },
  V1RollingUpdateDeployment: { maxUnavailable: { $ref: '#/definitions/countOrPercentage' } },
  V1SeccompProfile: { type: oneOf('RuntimeDefault', 'Localhost', 'Unconfined') },
  V1SecurityContext: { runAsGroup: natural, runAsUser: natural, procMount: oneOf('Default', 'Unmasked') },
  V1Toleration: {
    operator: oneOf('Exists', 'Equal', 'Lt', 'Gt', ''),
    effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute', ''),
  },
  V1TopologySpreadConstraint: {
    maxSkew: { type: 'integer', minimum: 1 },
    minDomains: positive,
    nodeAffinityPolicy: oneOf('Honor', 'Ignore'),
    nodeTaintsPolicy: oneOf('Honor', 'Ignore'),
    whenUnsatisfiable: oneOf('DoNotSchedule', 'ScheduleAnyway'),
  },
  V1Volume: { name: { $ref: '#/definitions/containerName' } },
  V1VolumeMount: { mountPropagation: oneOf('None', 'HostToContainer', 'Bidirectional') },
  V1VolumeResourceRequirements: { limits: quantities, requests: quantities },
  V1WeightedPodAffinityTerm: { weight: { type: 'integer', minimum: 1, maximum: 100 } },
  V2HPAScalingPolicy: { type: oneOf('Pods', 'Percent'), periodSeconds: positive, value: positive },
  V2HPAScalingRules: { selectPolicy: oneOf('Max', 'Min', 'Disabled'), stabilizationWindowSeconds: natural },
}

/** Optional by the model, and demanded where a Pod is created. */
const demanded: Readonly<Record<string, readonly string[]>> = { V1Container: ['image'] }

/** The types of the models that are no models of their own. */
const simple: Readonly<Record<string, Schema>> = {
  string: text,
  boolean: { type: ['boolean', 'null'] },
  number: { type: ['integer', 'null'] },
  Date: text,
  any: {},
  IntOrString: { type: ['integer', 'string', 'null'] },
  '{ [key: string]: string; }': { type: ['object', 'null'], additionalProperties: { type: 'string' } },
  'Array<string>': texts,
}

/**
 * The schema with a definition of each model that it names, such as `#/definitions/V1Toleration`, and of those that these name
 * in turn. As for the API server, null is as good as no value, except where one of several is to be named.
 */
export async function withKubernetes({ definitions, ...schema }: Schema): Promise<Schema> {
  const written = Object.entries(definitions as Record<string, Schema>).filter(([name]) => !isModel(name))
  const made: Record<string, Schema> = {}
  const wanted = modelsIn([written, schema])
  for (const name of wanted) {
    if (name in made) continue
    made[name] = await definitionOf(name)
    wanted.push(...modelsIn(made[name]))
  }
  const sorted = Object.entries(made).sort(([one], [other]) => (one < other ? -1 : 1))
  const { properties, ...head } = schema
  return { ...head, definitions: Object.fromEntries([...written, ...sorted]), properties } as Schema
}

const attributesOf = (name: string): readonly Attribute[] | undefined => {
  const model: unknown = Reflect.get(models, name)
  return typeof model === 'function' && 'attributeTypeMap' in model
    ? (model.attributeTypeMap as Attribute[])
    : undefined
}

const isModel = (name: string) => attributesOf(name) !== undefined

function modelsIn(schema: unknown): string[] {
  const names = JSON.stringify(schema).matchAll(/"#\/definitions\/(\w+)"/g)
  return [...names].flatMap(([, name = '']) => (isModel(name) ? [name] : []))
}

async function definitionOf(name: string): Promise<Schema> {
  const attributes = attributesOf(name) ?? []
  const required = [...(await requiredOf(name)), ...(demanded[name] ?? [])]
  const properties = attributes.map(({ baseName, type }) => {
    const schema = narrower[name]?.[baseName] ?? schemaOf(type)
    return [baseName, required.includes(baseName) ? withoutNull(schema) : schema]
  })
  const unknown = Object.keys(narrower[name] ?? {}).filter((key) =>
    attributes.every(({ baseName }) => baseName !== key),
  )
  if (unknown.length > 0) throw new Error(`${name} has no ${unknown.join(', ')}`)
  return {
    type: ['object', 'null'],
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(properties) as Record<string, Schema>,
  }
}

function withoutNull(schema: Schema): Schema {
  const { type } = schema
  if (!Array.isArray(type)) return schema
  const types: unknown[] = type.filter((name) => name !== 'null')
  return { ...schema, type: types.length === 1 ? types[0] : types }
}

function schemaOf(type: string): Schema {
  const known = simple[type]
  if (known !== undefined) return known
  const item = /^Array<(\w+)>$/.exec(type)?.[1]
  if (item !== undefined) return { type: ['array', 'null'], items: schemaOf(item) }
  if (!isModel(type)) throw new Error(`there is no model ${type}`)
  return { $ref: `#/definitions/${type}` }
}

/** The names without a question mark in the model's declaration: the model itself does not tell them at run time. */
async function requiredOf(name: string): Promise<string[]> {
  const library = new URL('gen/models/', import.meta.resolve('@kubernetes/client-node'))
  const declaration = await readFile(fileURLToPath(new URL(`${name}.d.ts`, library)), 'utf8')
  return [...declaration.matchAll(/^ {4}'(\w+)':/gm)].map(([, key = '']) => key)
}
