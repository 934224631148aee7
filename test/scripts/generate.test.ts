import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { readConfigKeys } from '../../scripts/config-keys.ts'

const root = join(import.meta.dirname, '../..')

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((map, key) => (map as Readonly<Record<string, unknown>> | undefined)?.[key], value)
}

describe('what is generated', () => {
  it('is up to date: docs/configuration.md, the comments of values.yaml, and what the chart makes of them', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect([status, stderr]).to.deep.equal([0, ''])
  })
})

describe("the chart's values", () => {
  const values: unknown = parse(readFileSync(join(root, 'charts/image-proxy-webhook/values.yaml'), 'utf8'))

  for (const { key, value } of readConfigKeys()) {
    const given = valueAt(values, key.split('.'))
    if (value === undefined || given === undefined) continue
    it(`have the webhook's own default for ${key}`, () => {
      expect(given).to.deep.equal(value)
    })
  }
})
