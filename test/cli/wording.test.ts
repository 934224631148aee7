import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { causes, verdictText, why, type ToldDecision } from '../../src/cli/wording.ts'
import type { DecisionReason } from '../../src/decision/decision.ts'
import type { AnonymousAccess, ProxyAccess, VerdictReason } from '../../src/decision/verdict.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8')
/** Cells of a table's row that begins with `name` as code. */
const documented = (name: string) => new RegExp(`^\\| \`${name}\` +\\| (.*?) +\\|`, 'm').exec(page)?.[1]

const told = <Access extends AnonymousAccess | ProxyAccess>(access: Access, reason: VerdictReason) => ({
  access,
  reason,
})
const image = 'quay.io/my-org/api:v1'
const warning = (text: string) => ({ warning: `image "${image}" is left alone: ${text}` })

/** A decision of each reason. */
const examples: Readonly<Record<DecisionReason, Omit<ToldDecision, 'image' | 'reason'>>> = {
  public: { action: 'leave', anonymous: told('public', 'readable') },
  private: { action: 'rewrite', anonymous: told('private', 'unauthorized'), proxy: told('served', 'readable') },
  missing: { action: 'leave', anonymous: told('missing', 'not-found') },
  unknown: { action: 'leave', anonymous: told('unknown', 'timeout') },
  refused: { action: 'leave', anonymous: told('private', 'unauthorized'), proxy: told('refused', 'denied') },
  served: { action: 'rewrite', proxy: told('served', 'readable') },
  'already-proxied': { action: 'attach' },
  hosted: { action: 'attach' },
  rule: { action: 'rewrite', rule: 'quay.io/my-org/*' },
  running: { action: 'rewrite' },
  'opted-out': { action: 'leave' },
  'invalid-reference': { action: 'leave', ...warning('it is no image reference') },
  'not-rewritable': { action: 'leave', ...warning('behind the proxy its name would be too long') },
  'no-pull-secret': { action: 'leave', ...warning('this Pod lacks the pull secret "my-app-registry"') },
}

describe('What a report calls things', () => {
  for (const [reason, example] of Object.entries(examples) as [DecisionReason, (typeof examples)[DecisionReason]][]) {
    it(`is documented in docs/command-line.md for the reason ${reason}`, () => {
      const text = why({ image, reason, ...example })
      expect(text).not.to.equal('')
      if (example.warning === undefined) expect(documented(reason)).to.equal(text)
      else expect(documented(reason)).to.be.a('string')
    })
  }

  for (const [cause, text] of Object.entries(causes)) {
    it(`is documented in docs/command-line.md for a host that is ${cause}`, () => {
      expect(documented(cause)).to.equal(text)
    })
  }

  it('names the cause where a host could not be asked', () => {
    expect(verdictText(told('unknown', 'dns'))).to.equal('unknown (dns)')
  })

  it('says of a Pod about which the webhook is not asked why, and what it would do', () => {
    expect(why({ image, reason: 'public', ...examples.public }, 'namespace a has the label b')).to.equal(
      'the webhook is not asked: namespace a has the label b. Asked, it would leave it alone: readable without credentials',
    )
  })
})
