import { expect } from 'chai'
import { plainServe } from '../../src/cli/plainServe.ts'

describe('a serve without the command line parser', () => {
  it('is one without options', () => {
    expect(plainServe(['serve'])).to.deep.equal({})
  })

  it('is one with --config and a file', () => {
    expect(plainServe(['serve', '--config', 'config.yaml'])).to.deep.equal({ config: 'config.yaml' })
  })

  const others: readonly (readonly string[])[] = [
    [],
    ['version'],
    ['check', 'redis:7'],
    ['--help'],
    ['serve', '--help'],
    ['serve', 'redis'],
    ['serve', '--config'],
    ['serve', '--config', ''],
    ['serve', '--config', '--help'],
    ['serve', '--config=config.yaml'],
    ['serve', '--config', 'config.yaml', '--help'],
  ]
  for (const argv of others) {
    it(`is not: ${JSON.stringify(argv)}`, () => {
      expect(plainServe(argv)).to.equal(undefined)
    })
  }
})
