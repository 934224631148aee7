import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { parse } from 'yaml'
import { readmeSections } from './support/readme.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const read = (name: string) => readFileSync(path(`charts/image-proxy-webhook/${name}`), 'utf8')

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Where the schema takes any Kubernetes object, it has no properties of its own. */
function undescribed(value: unknown, { properties }: Schema, path = ''): string[] {
  if (properties === undefined || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const schema = properties[key]
    return schema === undefined ? [`${path}${key}`] : undescribed(inner, schema, `${path}${key}.`)
  })
}

function sections({ properties = {} }: Schema, path = ''): string[] {
  return Object.entries(properties).flatMap(([key, inner]) => [`${path}${key}`, ...sections(inner, `${path}${key}.`)])
}

describe("the chart's values", () => {
  const schema = JSON.parse(read('values.schema.json')) as Schema

  for (const file of ['values.yaml', 'values-ha.yaml']) {
    it(`are all in the schema: ${file}`, () => {
      expect(undescribed(parse(read(file)), schema)).to.deep.equal([])
    })
  }

  it('have a default for all that the schema knows, but for what a parent chart sets', () => {
    const values: unknown = parse(read('values.yaml'))
    const missing = sections(schema).filter((key) => !has(values, key.split('.')))
    const optional =
      /^(enabled|global(\..*)?|resources\.claims|(liveness|readiness|startup)Probe\..*|webhook\.namespaceSelector\..*|tls\.certManager\.issuerRef\..*)$/
    expect(missing.filter((key) => !optional.test(key))).to.deep.equal([])
  })
})

describe("the chart's alerts", () => {
  it('each have a section in the README', () => {
    const alerts = [...read('templates/prometheusrule.yaml').matchAll(/alert: (\w+)/g)].map(([, name]) => name)
    const headings = [...read('README.md').matchAll(/^### (ImageProxyWebhook\w+)$/gm)].map(([, name]) => name)
    expect(alerts).to.have.members(headings)
  })

  it('each have commands in that section, to be copied at night', () => {
    const without = readmeSections().filter(({ title, commands }) => {
      return title.startsWith('ImageProxyWebhook') && commands.length === 0
    })
    expect(without.map(({ title }) => title)).to.deep.equal([])
  })

  it('name their own section', () => {
    const rule = read('templates/prometheusrule.yaml')
    for (const [, alert = '', anchor = ''] of rule.matchAll(/alert: (\w+)[^]*?#(\w+)$/gm)) {
      expect(anchor).to.equal(alert.toLowerCase())
    }
  })
})

function has(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true
  return typeof value === 'object' && value !== null && key in value && has(value[key as keyof typeof value], rest)
}
