import { expect } from 'chai'
import { unknownVariables, variableOf } from '../../src/config/environment.ts'
import { ConfigError, loadConfig } from '../../src/config/load.ts'
import { configSchema } from '../../src/config/schema.ts'
import { leavesOf, valueSchema } from '../../src/config/shape.ts'

/** Values that no key of a type may have, by the type that its schema has; `text` stands for all that are written as text. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  array: [7, true, { a: 1 }],
  record: [7, true, 'x', [1]],
  number: [true, 'x', [1], { a: 1 }, 0.5, -1],
  boolean: [7, 'maybe', [1], { a: 1 }],
  text: [7, true, [1], { a: 1 }],
}

const leaves = leavesOf(configSchema)

function faultsOf(path: readonly string[], value: unknown): readonly string[] {
  const text = JSON.stringify(path.reduceRight((below, key) => ({ [key]: below }), value))
  try {
    loadConfig({ text, file: 'config.yaml', env: {}, terminal: false })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

/** As a hurried hand writes it: without its last letter but one. */
function misspelt(name: string): string {
  return name.slice(0, -2) + name.slice(-1)
}

describe('Every key of the configuration', () => {
  for (const { path, schema } of leaves) {
    const key = path.join('.')
    const { type } = valueSchema(schema)

    for (const value of wrong[type] ?? wrong['text'] ?? []) {
      it(`is refused with what is allowed: ${key} as ${JSON.stringify(value)}`, () => {
        const [fault = '', ...others] = faultsOf(path, value)
        expect(fault).to.match(/^[\w.[\]]+: expected .+ \(config\.yaml:1:\d+\)$/)
        expect(fault.startsWith(key), fault).to.equal(true)
        expect(others).to.deep.equal([])
      })
    }

    it(`is absent where it is empty: ${key}`, () => {
      expect(faultsOf(path, null)).to.deep.equal([])
    })

    const last = path.at(-1) ?? ''
    if (last.length > 4) {
      it(`is recognised where it is misspelt: ${key}`, () => {
        const [fault = '', ...others] = faultsOf([...path.slice(0, -1), misspelt(last)], 1)
        expect(fault).to.include('is unknown; did you mean ')
        if (path[0] !== 'license') expect(fault).to.include(misspelt(last))
        expect(others).to.deep.equal([])
      })
    }

    it(`is recognised by a misspelt variable: ${variableOf(path)}`, () => {
      const name = misspelt(variableOf(path))
      expect(unknownVariables({ [name]: 'x' }).join()).to.match(
        new RegExp(`^${name} is no variable of the configuration; did you mean \\w+\\?$`),
      )
    })
  }
})
