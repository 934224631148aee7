import { expect } from 'chai'
import { parseYaml } from '../../src/config/document.ts'

function parsed(text: string) {
  const document = parseYaml(text)
  if ('faults' in document) throw new Error(document.faults.join())
  return document
}

function faultsIn(text: string): readonly string[] {
  const document = parseYaml(text)
  return 'faults' in document ? document.faults : []
}

describe('a YAML document', () => {
  it('may be JSON', () => {
    expect(parsed('{"a": [1, true, null, "x"]}').value).to.deep.equal({ a: [1, true, null, 'x'] })
  })

  it('tells line and column of a value', () => {
    expect(parsed('a:\n  b:\n    - x\n    - y').position(['a', 'b', 1])).to.equal('4:7')
  })

  it('tells line and column of the map around a key that it lacks', () => {
    expect(parsed('x: 1\na:\n  b: 1').position(['a', 'c', 'd'])).to.equal('3:3')
  })

  it('tells its beginning where nothing around a key is there', () => {
    expect(parsed('').position(['a'])).to.equal('1:1')
  })

  it('is told to be wrong with line and column, and in words of its own', () => {
    expect(faultsIn('a: 1\nb: "canary')).to.deep.equal([
      '2:11: not valid YAML: a quote, bracket, brace, colon, comma or dash is missing',
    ])
  })

  it('is told to be one too many where a second one follows', () => {
    expect(faultsIn('a: 1\n---\nb: 1')).to.deep.equal(['2:1: not valid YAML: one document is expected'])
  })

  it('has at most five faults told', () => {
    expect(faultsIn('"\n'.repeat(100))).to.have.lengthOf.at.most(5).and.not.to.be.empty
  })
})
