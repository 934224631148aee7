import { expect } from 'chai'
import { ConfigError, isSecret, unexpected } from '../../src/config/fault.ts'

describe('the sentence about an unexpected value', () => {
  const shown: readonly (readonly [what: string, value: unknown, shown: string])[] = [
    ['quotes a text', 'x', '"x"'],
    ['shows a number', 5, '5'],
    ['shows null', null, 'null'],
    ['calls a list a list', ['x'], 'a list'],
    ['calls a map a map', { x: 1 }, 'a map'],
    ['calls a date a value of another type', new Date(), 'a value of another type'],
    ['cuts a long text', 'x'.repeat(100), `"${'x'.repeat(80)}…"`],
    ['hides what may be user and password', 'https://user:password@a.example/x', '"…@a.example/x"'],
    ['hides the query of a URL', 'https://a.example/x?token=y', '"https://a.example/x?…"'],
  ]
  for (const [what, value, text] of shown) {
    it(what, () => {
      expect(unexpected(['check', 'caFile'], 'a file', value)).to.equal(`check.caFile: expected a file, not ${text}`)
    })
  }

  it('shows nothing of a license', () => {
    expect(unexpected(['license', 'id'], 'text', 'canary')).to.equal(
      'license.id: expected text, not what is set (not shown here)',
    )
  })

  it('shows nothing of a whole configuration that is none, for it may be a license', () => {
    expect(unexpected([], 'a map', 'canary')).to.equal(
      'the configuration: expected a map, not a single value (not shown here)',
    )
  })

  it('says of a list in place of a license that it is one', () => {
    expect(unexpected(['license', 'id'], 'text', ['canary'])).to.equal('license.id: expected text, not a list')
  })
})

describe('what may identify the customer', () => {
  it('is whatever is below license', () => {
    expect(isSecret(['license', 'file'])).to.equal(true)
  })

  it('is not what is below another section', () => {
    expect(isSecret(['pullSecret', 'license'])).to.equal(false)
  })
})

describe('a ConfigError', () => {
  it('has all of its faults as its message, one a line', () => {
    expect(new ConfigError(['one', 'two']).message).to.equal('one\ntwo')
  })
})
