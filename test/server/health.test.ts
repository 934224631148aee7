import { expect } from 'chai'
import { report, type Check } from '../../src/server/health.ts'

const holds: Check = { name: 'certificate', fault: () => undefined }
const fails: Check = { name: 'license', fault: () => 'the license file is empty' }
const warns: Check = { name: 'license', fault: () => undefined, warning: () => 'it expires today' }

describe('The report of a health endpoint', () => {
  it('is "ok" alone where every check holds', () => {
    expect(report('readyz', [holds, warns], false)).to.deep.equal({ healthy: true, text: 'ok\n' })
  })

  it('has a line for each check where it is asked for', () => {
    expect(report('readyz', [holds, warns], true).text).to.equal(
      '[+]certificate ok\n[+]license ok, with a warning: it expires today\nreadyz check passed\n',
    )
  })

  it('has a line for each check where one fails, whether it is asked for or not', () => {
    const told = '[+]certificate ok\n[-]license failed: the license file is empty\nlivez check failed\n'
    expect([false, true].map((verbose) => report('livez', [holds, fails], verbose))).to.deep.equal([
      { healthy: false, text: told },
      { healthy: false, text: told },
    ])
  })

  it('is good where there is nothing to check', () => {
    expect(report('livez', [], false).healthy).to.equal(true)
  })
})
