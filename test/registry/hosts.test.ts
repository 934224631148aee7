import { expect } from 'chai'
import { denied, unknown } from '../../src/registry/auth/refusal.ts'
import { readable, type Finding } from '../../src/registry/finding.ts'
import { createHosts } from '../../src/registry/hosts.ts'

describe('a registry', () => {
  const answers: Readonly<Record<string, Finding>> = {
    'an image': readable,
    'a refusal': denied('unauthorized'),
    'that it is asked too often': unknown('rate-limited'),
    'with an error of its own': unknown('server-error'),
  }
  for (const [what, finding] of Object.entries(answers)) {
    it(`has answered once it answers ${what}`, () => {
      const hosts = createHosts({})
      const before = hosts.hasAnswered('quay.io')
      hosts.found('quay.io', finding)

      expect([before, hosts.hasAnswered('quay.io'), hosts.hasAnswered('ghcr.io')]).to.deep.equal([false, true, false])
    })
  }

  for (const reason of ['timeout', 'dns', 'tls', 'connection', 'blocked-address', 'deadline'] as const) {
    it(`counts as silent again from ${reason} on`, () => {
      const hosts = createHosts({})
      hosts.found('quay.io', readable)
      hosts.found('quay.io', unknown(reason))

      expect(hosts.hasAnswered('quay.io')).to.equal(false)
    })
  }
})
