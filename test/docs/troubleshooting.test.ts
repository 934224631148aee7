import { join } from 'node:path'
import { expect } from 'chai'
import { readmeSection, readmeSections } from '../chart/support/readme.ts'
import { root } from './documents.ts'

const page = join(root, 'docs/troubleshooting.md')

/** A shell function or variable of a block → its definition. */
function definitionsIn(block: string): ReadonlyMap<string, string> {
  const found = block.matchAll(/^(?:(\w+)\(\) \{[^]*?^\}$|([A-Z]+)=.*$)/gm)
  return new Map([...found].map(([text, name = '', variable = '']) => [name || variable, text]))
}

describe('docs/troubleshooting.md', () => {
  const here = definitionsIn(readmeSection('Troubleshooting', page).commands[1] ?? '')

  it("defines the commands of the chart's README as they are there", () => {
    const [block = ''] = readmeSection('Troubleshooting').commands
    const there = definitionsIn(block)
    expect([...there.keys()]).to.deep.equal(['NAMESPACE', 'WEBHOOK', 'webhook_logs', 'webhook_get', 'waiting_pods'])
    for (const [name, definition] of there) expect(here.get(name), name).to.equal(definition)
  })

  it('defines each command of its own that it uses, and uses each that it defines', () => {
    const used = readmeSections(page)
      .slice(1)
      .flatMap(({ commands }) => commands.join('\n'))
      .join('\n')
    const functions = [...here].filter(([, definition]) => definition.includes('()')).map(([name]) => name)
    const called = [...used.matchAll(/^(?:\S+ \| )?(\w+)\b/gm)].map(([, name = '']) => name)
    expect(functions.filter((name) => !new RegExp(`^${name}\\b`, 'm').test(used))).to.deep.equal([])
    expect(called.filter((name) => /^(?:webhook_|waiting_)/.test(name) && !here.has(name))).to.deep.equal([])
  })

  for (const file of [page, undefined]) {
    it(`has no comment among the commands of ${file === undefined ? "the chart's README" : 'its own'}: an interactive zsh knows none`, () => {
      const lines = readmeSections(file).flatMap(({ commands }) => commands.flatMap((block) => block.split('\n')))
      expect(lines).not.to.deep.equal([])
      expect(lines.filter((line) => /(?:^|\s)#(?:\s|$)/.test(line) && !line.includes('"# '))).to.deep.equal([])
    })
  }
})
