import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { chartFile } from '../../../scripts/chart-values.ts'
import { sharedCluster } from '../support/sharedCluster.ts'

interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

type Definitions = Readonly<Record<string, Definition>>

/** What a container must have in a Pod, though not by the API server's description. */
const demandedOfPods = ['image']

describe("the schema of the chart's values", function () {
  this.timeout(60_000)
  /** Each of Kubernetes' kinds that the schema defines, beside what the API server says of it. */
  let kinds: readonly (readonly [name: string, ours: Definition, server: Definition])[] = []

  before(async () => {
    const { definitions } = JSON.parse(await readFile(chartFile('values.schema.json'), 'utf8')) as {
      definitions: Definitions
    }
    const { stdout } = await (await sharedCluster()).kubectl(['get', '--raw', '/openapi/v2'])
    const described = Object.entries((JSON.parse(stdout) as { definitions: Definitions }).definitions)
    kinds = Object.entries(definitions).flatMap(([name, ours]) => {
      const [, version, kind] = /^(?:Core)?V(\d)(\w+)$/.exec(name) ?? []
      const server = described.find(([key]) => key.startsWith('io.k8s.') && key.endsWith(`.v${version}.${kind}`))?.[1]
      return server === undefined ? [] : [[name, ours, server] as const]
    })
    expect(kinds.map(([name]) => name)).to.include.members(['V1Affinity', 'V1Container', 'V2HPAScalingRules'])
  })

  it('takes every key that the API server takes', () => {
    for (const [name, { properties: ours }, { properties }] of kinds) {
      expect(ours, name).to.include.keys(Object.keys(properties ?? {}))
    }
  })

  it('demands no key that the API server does not demand', () => {
    for (const [name, { required: ours = [] }, { required = [] }] of kinds) {
      expect([...required, ...demandedOfPods], name).to.include.members(ours)
    }
  })
})
