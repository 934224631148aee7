import { expect } from 'chai'
import { plainServe } from '../../src/cli/plainServe.ts'

describe('serve, spelt plainly,', () => {
  it('is understood without the command line parser where it has no options', () => {
    expect(plainServe(['serve'])).to.deep.equal({})
  })

  it('is understood without the command line parser where it has --config and a file', () => {
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
    it(`is left to the command line parser where the arguments are ${JSON.stringify(argv)}`, () => {
      expect(plainServe(argv)).to.equal(undefined)
    })
  }
})
