import { expect } from 'chai'
import { createGrants } from '../../../src/registry/auth/grant.ts'
import { denied } from '../../../src/registry/auth/refusal.ts'
import type { Token, TokenRequest, Tokens } from '../../../src/registry/auth/token.ts'

const url = new URL('https://ghcr.io/token')
const request: TokenRequest = { key: 'the key', url, trust: 'image' }

describe('What the requests of one check are authorized by', () => {
  function scene(given: Awaited<ReturnType<Tokens['get']>>) {
    const asked: (string | undefined)[] = []
    const get: Tokens['get'] = (_request, _checkKey, rejected) => {
      asked.push(rejected)
      return Promise.resolve(given)
    }
    const basic = (host: string) => (host === 'ghcr.io' ? 'Basic abc' : undefined)
    return { grants: createGrants({ basic, tokens: { get } }, 'ghcr.io/team/app:1'), asked }
  }
  const fresh: Token = { value: 'token', cached: false }
  const cached: Token = { value: 'token', cached: true }

  it('is asked for once where it is a fresh token', async () => {
    const { grants, asked } = scene(fresh)
    await grants.bearer(request, 'memory')
    const again = await grants.bearer(request, 'challenge')

    expect([again, asked.length]).to.deep.equal([
      { authorization: 'Bearer token', source: 'challenge', bearer: { request, value: 'token' } },
      1,
    ])
  })

  it('is asked for once where it is refused', async () => {
    const { grants, asked } = scene(denied('denied'))
    await grants.bearer(request, 'memory')

    expect([await grants.bearer(request, 'challenge'), asked.length]).to.deep.equal([denied('denied'), 1])
  })

  it('is another token where one from the cache is not taken any more', async () => {
    const { grants, asked } = scene(cached)
    const grant = await grants.bearer(request, 'memory')
    if ('access' in grant) throw new Error('there is a token')
    await grants.replaceCached(grant)

    expect([grant.source, asked]).to.deep.equal(['cache', [undefined, 'token']])
  })

  it('is not replaced where it is a fresh token', async () => {
    const { grants, asked } = scene(fresh)
    const grant = await grants.bearer(request, 'challenge')
    if ('access' in grant) throw new Error('there is a token')

    expect([await grants.replaceCached(grant), asked.length]).to.deep.equal([undefined, 1])
  })

  it('is the credentials of the host that asks for them, and of no other', () => {
    const { grants } = scene(fresh)
    const shown = ['https://ghcr.io/v2/', 'https://quay.io/v2/'].map((at) =>
      grants.basic({ url: new URL(at), trust: 'image' }, 'challenge'),
    )

    expect(shown).to.deep.equal([{ authorization: 'Basic abc', source: 'challenge' }, undefined])
  })
})
