import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli } from '../../src/cli/program.ts'
import { variables } from '../../src/config/environment.ts'
import { parse } from 'yaml'
import { isObject } from '../../src/json.ts'
import { readDocuments, readSources, root } from './documents.ts'

const documented = readDocuments()
const source = readSources('src', '.ts')
const repairs = readSources('src/cluster', '.ts')
const templates = readSources('charts/image-proxy-webhook/templates', '')

/** What a pattern's groups find in a text, each once. */
function found(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, ...groups]) => groups.find(Boolean) ?? ''))].sort()
}

/** The help of a command, as a user reads it. */
async function helpOf(...command: string[]): Promise<string> {
  let text = ''
  await runCli({
    argv: [...command, '--help'],
    environment: {},
    stdin: [] as never,
    stdout: { write: (part) => (text += part) },
    stderr: { write: () => undefined },
    terminal: false,
    readFile: () => Promise.reject(new Error('not read')),
    listDirectory: () => Promise.resolve(undefined),
    version: '',
    serve: () => Promise.resolve(0),
  })
  return text
}

/** Names that exist, and where the documents name one; each side without what the other has. */
interface Kind {
  readonly what: string
  readonly existing: () => readonly string[] | Promise<readonly string[]>
  /** Finds names of the kind in the documents; undefined where they cannot be told from others. */
  readonly named?: RegExp
}

const kinds: readonly Kind[] = [
  { what: 'key of the configuration', existing: () => variables.map(({ path }) => path.join('.')) },
  { what: 'environment variable', existing: () => variables.map(({ name }) => name) },
  {
    what: 'metric',
    // Some come into being with what they tell of.
    existing: () =>
      found(source, /(?:named|gauge)\(\s*'([a-z_]+)'|'image_proxy_webhook_([a-z_]+)'/g).map(
        (name) => `image_proxy_webhook_${name}`,
      ),
    named: /`(image_proxy_webhook_[a-z_]+[a-z])/g,
  },
  {
    what: 'alert',
    existing: () => found(templates, /alert: (ImageProxyWebhook\w+)/g),
    named: /\b(ImageProxyWebhook[A-Z]\w+)/g,
  },
  {
    what: 'annotation or label',
    existing: () => found(source, /'(image-proxy-webhook\/[a-z-]+)'/g),
    named: /\b(image-proxy-webhook\/(?:ignore|original|released|repair)[a-z-]*)/g,
  },
  {
    what: "Event's reason",
    existing: () => found(source, /'((?:Image|PullSecret|Repair)(?:Repaired|NotRepaired|NotOurs|Stopped))'/g),
    named: /`((?:Image|PullSecret|Repair)[A-Z][a-z]+[A-Za-z]*)`/g,
  },
  {
    what: "Event's message",
    existing: () =>
      found(repairs, /`((?:Pod \$\{|\$\{waits\}|\$\{owner\.kind\} |The Secret \$\{)[^`]*)`/g).map((text) =>
        text.replace(/\$\{[^}]*\}/g, '…'),
      ),
    named: /^\| `(?:Image|Repair|PullSecret)[A-Z]\w+` +\| `([^`]+)`/gm,
  },
  {
    what: 'command and option',
    existing: async () => {
      const commands = await Promise.all(['serve', 'check', 'explain'].map((command) => helpOf(command)))
      return found(commands.join('\n'), /(--[a-z-]+)/g).filter((option) => option !== '--help')
    },
  },
]

describe('The documentation', () => {
  for (const { what, existing, named } of kinds) {
    it(`names each ${what} that exists`, async () => {
      const names = await existing()
      expect(names).not.to.deep.equal([])
      expect(names.filter((name) => !documented.includes(name))).to.deep.equal([])
    })

    if (named !== undefined) {
      it(`names no ${what} that does not exist`, async () => {
        const names = new Set(await existing())
        const unknown = found(documented, named).filter(
          (name) => !names.has(name.replace(/_(?:bucket|sum|count)$/, '')),
        )
        expect(unknown).to.deep.equal([])
      })
    }
  }

  it('names no key of the configuration that does not exist', () => {
    const sections = [
      ...new Set(variables.flatMap(({ path: [section = '', ...below] }) => (below.length > 0 ? [section] : []))),
    ]
    const keys = new Set(variables.map(({ path }) => path.join('.')))
    const isKnown = (name: string) => [...keys].some((key) => key === name || key.startsWith(`${name}.`))
    const pattern = new RegExp(`\`((?:${sections.join('|')})\\.[A-Za-z]+(?:\\.[A-Za-z]+)?)(?::[^\`]*)?\``, 'g')
    const values: unknown = parse(readFileSync(join(root, 'charts/image-proxy-webhook/values.yaml'), 'utf8'))
    const isValue = (name: string) =>
      name.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), values) !== undefined
    const isName = (name: string) => /\.(?:yaml|com)$/.test(name)
    const unknown = found(documented, pattern).filter((name) => !isKnown(name) && !isValue(name) && !isName(name))
    expect(unknown).to.deep.equal([])
  })
})
