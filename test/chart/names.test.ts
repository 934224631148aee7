import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { at, licensed, manifests, only, render } from './support/helm.ts'
import { describeWithHelm, type Helm, helms, newestHelm } from './support/programs.ts'
import { valuesFiles } from './support/valuesFiles.ts'

/** The release's name, and values: texts that YAML 1.1 (Helm, kubectl) or 1.2 takes for something else without quotes. */
const cases: readonly (readonly [string, string, object])[] = [
  ['the names that the chart makes', 'no', {}],
  ['names that are given', '1e3', { fullnameOverride: 'no', nameOverride: '1e3', serviceAccount: { name: '123' } }],
  ['Secrets that are given', 'no', { pullSecret: { name: '123', existingSecret: '1e3' }, priorityClassName: 'true' }],
]

/** Keys whose values the API server takes as text, wherever they are. */
const texts = new Set(['name', 'namespace', 'value', 'secretName', 'serviceAccountName', 'priorityClassName'])
const lists = new Set(['matchNames', 'resourceNames', 'dnsNames', 'values'])
const maps = new Set(['labels', 'matchLabels', 'annotations', 'data', 'selector'])

/** The places where something else stands than a text. */
function mistaken(value: unknown, place = '', wanted = false): string[] {
  if (typeof value !== 'object' || value === null) {
    return wanted && typeof value !== 'string' ? [`${place}: ${String(value)}`] : []
  }
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]) => {
    const under = maps.has(place.slice(place.lastIndexOf('.') + 1)) || (Array.isArray(value) && wanted)
    return mistaken(entry, `${place}.${key}`, under || texts.has(key) || lists.has(key))
  })
}

async function mistakes(helm: Helm, name: string, values: object, args: readonly string[]): Promise<string[]> {
  const text = await render(helm, values, { name, namespace: '123', args })
  return (['1.1', '1.2'] as const).flatMap((version) =>
    parseAllDocuments(text, { version }).flatMap((document) => {
      const object: unknown = document.toJS()
      return mistaken(object, kindOf(object))
    }),
  )
}

function kindOf(object: unknown): string {
  return typeof object === 'object' && object !== null && 'kind' in object ? String(object.kind) : ''
}

describeWithHelm('names that look like something else', () => {
  for (const [what, name, values] of cases) {
    for (const [file, args] of valuesFiles) {
      it(`stay texts: ${what}, with ${file}`, async () => {
        for (const helm of helms) expect(await mistakes(helm, name, values, args)).to.deep.equal([])
      })
    }
  }

  it("stay texts in the test's environment", async () => {
    const values = { ...licensed, pullSecret: { name: '123' } }
    const env = at(only(await manifests(values), 'Pod'), 'spec.containers.0.env')
    expect(env).to.deep.include({ name: 'PULL_SECRET', value: '123' })
  })

  it('are refused where a Service cannot be called that', async () => {
    const said: unknown = await render(newestHelm(), licensed, { name: '123' }).catch((error: unknown) => error)
    expect(said)
      .to.be.an('error')
      .with.property('message')
      .that.includes('"123-image-proxy-webhook" cannot be the name of a Service, which begins with a letter')
  })
})
