import { expect } from 'chai'
import { readManifests } from '../../../src/cli/manifests/manifests.ts'
import { UsageError } from '../../../src/cli/terminal/context.ts'

/** What is said of a file that cannot be read; empty for one that can. */
function faultOf(text: string): string {
  try {
    readManifests('a.yaml', text)
    return ''
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}

describe('A file with manifests', () => {
  const broken: readonly (readonly [what: string, text: string, fault: string])[] = [
    ['a tab', 'a:\n\tb: 1\n', 'line 2: not valid YAML: a tab where only spaces may indent'],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 'line 3: not valid YAML: a key that is there twice'],
    [
      'a quote left open',
      'a: "b\nc: d\n',
      'line 3: not valid YAML: a quote, bracket, brace, colon, comma or dash is missing',
    ],
    ['a wrong indentation', 'a:\n   - b: 1\n    c: 2\n', 'line 3: not valid YAML: '],
    [
      'a reserved character',
      'a: @b\n',
      'line 1: not valid YAML: a value that begins with a character that YAML reserves',
    ],
    ['two colons', 'a: b: c\n', 'line 1: not valid YAML: a second key on one line; a value with a colon'],
    ['an invalid escape', 'a: "C:\\data"\n', 'line 1: not valid YAML: a backslash within double quotes'],
    ['a second document that is broken', 'a: 1\n---\nb: [\n', 'document 2, line '],
    ['a directive of its own', '%FOO\n---\na: [\n', 'not valid YAML: '],
  ]
  for (const [what, text, fault] of broken) {
    it(`with ${what} is refused in words of this project, with its line`, () => {
      expect(faultOf(text)).to.match(/^a\.yaml: document \d, line \d+: not valid YAML: [a-z][^\n]+$/)
      expect(faultOf(text)).to.include(fault)
    })
  }

  it('that is the template of a chart is refused with what renders it', () => {
    expect(faultOf('{{- if .Values.a }}\nkind: Pod\n{{- end }}\n')).to.match(
      /; a template is rendered first: helm template CHART, then -f -$/,
    )
  })

  it('in UTF-16 is refused with that word', () => {
    const text = Buffer.from('\ufeffkind: Pod\n', 'utf16le').toString('utf8')
    expect(faultOf(text)).to.equal('a.yaml: not text in UTF-8 (PowerShell writes UTF-16 by default)')
  })

  const fine: readonly (readonly [what: string, text: string])[] = [
    ['a byte order mark', '\ufeffkind: Pod\n'],
    ['line ends of Windows', 'kind: Pod\r\nspec: {}\r\n---\r\nkind: Pod\r\n'],
    ['JSON', '{"kind": "Pod"}'],
    ['nothing', ''],
    ['comments alone', '# a\n---\n# b\n'],
    ['tags and keys that are no text', 'a: !b c\n? [d]\n: e\n'],
  ]
  for (const [what, text] of fine) {
    it(`with ${what} is read, and its documents together are its text`, () => {
      const parts = readManifests('a.yaml', text).map((manifest) => manifest.text)
      expect(parts.join('')).to.equal(text)
    })
  }
})
