import { expect } from 'chai'
import { denied, interpretFailure, unknown } from '../../src/registry/auth/refusal.ts'
import { readable, type Finding } from '../../src/registry/interpret.ts'
import { createRegistryHealth } from '../../src/registry/registryHealth.ts'
import { createClock } from '../support/clock.ts'

describe('a registry', () => {
  const answers: Readonly<Record<string, Finding>> = {
    'an image': readable,
    'a refusal': denied('unauthorized'),
    'that it is asked too often': unknown('rate-limited'),
    'with an error of its own': unknown('server-error'),
  }
  for (const [what, finding] of Object.entries(answers)) {
    it(`counts as one that answers once it answers ${what}`, () => {
      const hosts = createRegistryHealth({}, () => 0)
      const before = hosts.hasAnswered('quay.io')
      hosts.found('quay.io', finding, 10)

      expect([before, hosts.hasAnswered('quay.io'), hosts.hasAnswered('ghcr.io')]).to.deep.equal([false, true, false])
    })
  }

  for (const reason of ['timeout', 'dns', 'tls', 'connection', 'blocked-address', 'deadline'] as const) {
    it(`counts as one that does not answer after a check that failed with ${reason}`, () => {
      const hosts = createRegistryHealth({}, () => 0)
      hosts.found('quay.io', readable, 10)
      hosts.found('quay.io', unknown(reason), 10)

      expect(hosts.hasAnswered('quay.io')).to.equal(false)
    })
  }

  it('is silent once a check of it ended without a word', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', unknown('timeout'), 10)

    expect(health.isSilent('quay.io')).to.equal(true)
  })

  it('is not silent where it answers 408 Request Timeout at once', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', interpretFailure({ status: 408, headers: {}, body: '', network: 'public' }), 10)

    expect([health.isSilent('quay.io'), health.hasAnswered('quay.io')]).to.deep.equal([false, true])
  })

  for (const reason of ['dns', 'tls', 'connection', 'blocked-address', 'server-error', 'unexpected-answer'] as const) {
    it(`is not silent where a check of it fails with ${reason} at once`, () => {
      const health = createRegistryHealth({}, () => 0)
      health.found('quay.io', unknown('timeout'), 10)
      health.found('quay.io', unknown(reason), 10)

      expect(health.isSilent('quay.io')).to.equal(false)
    })
  }

  it('is not silent where the webhook was busy and broke a check off, however long that took', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', unknown('busy'), 60_000)

    expect(health.isSilent('quay.io')).to.equal(false)
  })

  it('stays silent where the webhook is busy and breaks the next check off', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', unknown('timeout'), 10)
    health.found('quay.io', unknown('busy'), 10)

    expect(health.isSilent('quay.io')).to.equal(true)
  })

  it('that fails is told of when it begins to and when it ceases to, and not in between', () => {
    const told: unknown[] = []
    const health = createRegistryHealth({ host: (event) => told.push(event) }, () => 0)
    // An answer that is not understood says nothing about the registry as a whole.
    for (const finding of [unknown('server-error'), unknown('timeout'), unknown('unexpected-answer')]) {
      health.found('quay.io', finding, 10)
    }
    const whileItFails = [...told]
    for (const finding of [readable, readable]) health.found('quay.io', finding, 10)

    const begun = { host: 'quay.io', failing: true, reason: 'server-error' }
    expect([whileItFails, told]).to.deep.equal([[begun], [begun, { host: 'quay.io', failing: false }]])
  })

  it('may be asked again every 30 seconds where it keeps silent', () => {
    const clock = createClock()
    const health = createRegistryHealth({}, clock.now)
    health.found('quay.io', unknown('timeout'), 10)
    const asked = [0, 29_999, 1, 1, 29_999].map((milliseconds) => {
      clock.advance(milliseconds)
      return health.mayAsk('quay.io')
    })

    expect(asked).to.deep.equal([false, false, true, false, true])
  })

  it('is as good as silent where it kept a check for two seconds and told nothing', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', readable, 10)
    health.found('quay.io', unknown('bad-redirect'), 2000)

    expect([health.isSilent('quay.io'), health.hasAnswered('quay.io')]).to.deep.equal([true, false])
  })

  it('is not silent where it took long to answer', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', denied('unauthorized'), 5000)

    expect([health.isSilent('quay.io'), health.hasAnswered('quay.io')]).to.deep.equal([false, true])
  })

  it('is forgotten behind others with long names sooner than behind others with short ones', () => {
    const health = createRegistryHealth({}, () => 0)
    health.found('quay.io', unknown('timeout'), 10)
    for (let index = 0; index < 600; index++) health.found(`${'a'.repeat(250)}${index}`, unknown('timeout'), 10)

    expect(health.isSilent('quay.io')).to.equal(false)
  })
})
