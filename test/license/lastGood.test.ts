import { expect } from 'chai'
import { keepLastGood } from '../../src/license/lastGood.ts'
import type { LicenseState } from '../../src/license/source.ts'
import { licenseFor } from '../support/licenses.ts'

const first = licenseFor('first', 'proxy.example.com')
const second = licenseFor('second', 'proxy.example.com')

/** What the listener was told last, after the source said these. */
function heardAfter(...states: LicenseState[]): LicenseState | undefined {
  let heard: LicenseState | undefined
  const listener = keepLastGood((state) => (heard = state))
  states.forEach(listener)
  return heard
}

describe('the last good license', () => {
  it('stays in use when its source is spoiled, and the fault is told with it', () => {
    expect(heardAfter({ license: first }, { fault: 'spoiled' })).to.deep.equal({ license: first, fault: 'spoiled' })
  })

  it('stays in use when the source is spoiled a second time', () => {
    const heard = heardAfter({ license: first }, { fault: 'spoiled' }, { fault: 'gone' })
    expect(heard).to.deep.equal({ license: first, fault: 'gone' })
  })

  it('gives way to the next good one, and the fault with it', () => {
    expect(heardAfter({ license: first }, { fault: 'spoiled' }, { license: second })).to.deep.equal({ license: second })
  })

  it('is none where no license was ever usable', () => {
    expect(heardAfter({ fault: 'spoiled' })).to.deep.equal({ fault: 'spoiled' })
  })

  it('is none where no license is configured', () => {
    expect(heardAfter({})).to.deep.equal({})
  })
})
