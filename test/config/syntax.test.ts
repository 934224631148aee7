import { expect } from 'chai'
import fc from 'fast-check'
import { stringify } from 'yaml'

import { faultsOf } from '../support/faults.ts'

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g']
  .map(
    (name, index) =>
      `${name}: &${name} [${Array(9)
        .fill(`*${'abcdefg'.charAt(index)}`)
        .join(', ')}]`,
  )
  .join('\n')}`

const table: readonly (readonly [what: string, text: string, fault: string])[] = [
  ['a bracket left open', 'check: [', 'config.yaml:1:9: not valid YAML: '],
  [
    'a tab before a key',
    'check:\n\tdeadline: 1s',
    'config.yaml:2:1: not valid YAML: a tab where only spaces may indent',
  ],
  ['a key twice', 'log:\n  level: info\n  level: warn', 'config.yaml:3:3: not valid YAML: a key that is there twice'],
  ['two documents', 'log: {}\n---\nlog: {}', 'config.yaml:2:1: not valid YAML: one document is expected'],
  [
    'an alias without anchor',
    'log: *x',
    'config.yaml:1:1: not valid YAML: an alias that stands for nothing or for too much',
  ],
  ['aliases that multiply', bomb, 'config.yaml:1:1: not valid YAML: an alias that stands for nothing or for too much'],
  ['brackets without end', '['.repeat(900), 'config.yaml:1:'],
  ['a list', '- log', 'the configuration: expected a map of keys'],
  ['a sentence', 'hello', 'the configuration: expected a map of keys'],
]

describe('a text that is no configuration', () => {
  for (const [what, text, start] of table) {
    it(`is refused: ${what}`, () => {
      const [fault = ''] = faultsOf(text)
      expect(fault.slice(0, start.length)).to.equal(start)
    })
  }

  it('is refused with few faults where the parser finds hundreds', () => {
    expect(faultsOf('['.repeat(900))).to.have.lengthOf.within(1, 5)
  })

  it('has no effect on objects elsewhere', () => {
    expect(faultsOf('__proto__: {polluted: true}\ncheck: {__proto__: {polluted: true}}')).to.have.lengthOf(2)
    expect({}).not.to.have.property('polluted')
  })

  it('is a ConfigError whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        faultsOf(text)
      }),
    )
  })

  it('is a ConfigError whatever values the known keys have', () => {
    const section = (...keys: string[]) =>
      fc.dictionary(fc.constantFrom(...keys), fc.anything({ withNullPrototype: false }))
    const value = fc.record(
      {
        check: fc.oneof(
          section('deadline', 'cache', 'endpoints', 'allowedNetworks', 'caFile', 'concurrency'),
          fc.anything(),
        ),
        policy: fc.oneof(
          section('rules', 'mode', 'onMissing'),
          fc.record({ rules: fc.array(section('match', 'action', 'template')) }),
        ),
        server: fc.oneof(section('port', 'tls'), fc.anything()),
        license: fc.anything(),
        namespaces: fc.anything(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(value.map(toYaml), (text) => {
        faultsOf(text)
      }),
    )
  })
})

/** What YAML has no notation for is left out. */
function toYaml(value: unknown): string {
  try {
    return stringify(value)
  } catch {
    return ''
  }
}
