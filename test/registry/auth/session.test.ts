import { expect } from 'chai'
import type { AuthRequirement, Target } from '../../../src/registry/auth/authRequirement.ts'
import { createSession, type Credentials, type RequestEvent, type Session } from '../../../src/registry/auth/session.ts'
import type { TokenRequest } from '../../../src/registry/auth/token.ts'
import { TransportError } from '../../../src/network/errors.ts'
import type { Transport, TransportRequest } from '../../../src/network/transport.ts'

const refusing: Transport = {
  request: () => Promise.reject(new TransportError('connection', 'nobody listens')),
  close: () => Promise.resolve(),
}

/** How long each request for a token has. */
const tokenTime = new AbortController().signal

function open({ credentials, transport = refusing, events = [], ended = () => undefined }: Options = {}): Session {
  return createSession({
    transport,
    accept: 'application/json',
    openTimeBudget: () => ({ signal: tokenTime, end: ended }),
    observe: (event) => events.push(event),
    now: () => 0,
    ...(credentials && { credentials }),
  })
}

interface Options {
  readonly credentials?: Credentials
  readonly transport?: Transport
  readonly events?: RequestEvent[]
  /** Called when the time of a request for a token need not be watched any more. */
  readonly ended?: () => void
}

function target(host: string, trust: Target['trust'] = 'image'): Target {
  return { url: new URL(`https://${host}/v2/`), trust }
}

function bearer(realm: string): AuthRequirement & { scheme: 'bearer' } {
  return { scheme: 'bearer', realm: target(realm), scopes: '' }
}

describe('what a session remembers of a host', () => {
  it('is what it required last', () => {
    const session = open()
    session.remember(target('a.test'), bearer('one.test'))
    session.remember(target('a.test'), bearer('two.test'))

    expect(session.recall(target('a.test'))).to.deep.equal(bearer('two.test'))
  })

  it('is nothing once it requires nothing', () => {
    const session = open()
    session.remember(target('a.test'), bearer('one.test'))
    session.remember(target('a.test'), undefined)

    expect(session.recall(target('a.test'))).to.equal(undefined)
  })

  it('is not used for another port of the host', () => {
    const session = open()
    session.remember(target('a.test:5000'), bearer('one.test'))

    expect(session.recall(target('a.test'))).to.equal(undefined)
  })

  it('is not used for a host that an image names where the operator had named it', () => {
    const session = open()
    session.remember(target('a.test', 'configured'), bearer('internal.test'))

    expect(session.recall(target('a.test', 'image'))).to.equal(undefined)
  })

  it('is forgotten after a thousand other hosts', () => {
    const session = open()
    for (let index = 0; index <= 1000; index++) session.remember(target(`a${index}.test`), { scheme: 'basic' })

    expect([session.recall(target('a0.test')), session.recall(target('a1.test'))]).to.deep.equal([
      undefined,
      { scheme: 'basic' },
    ])
  })

  it('holds for every repository of the host', () => {
    const session = open()
    session.remember(target('a.test'), { ...bearer('one.test'), scopes: 'repository:team/app:pull aws' })

    expect(session.recall(target('a.test'))).to.deep.equal({ ...bearer('one.test'), scopes: 'aws' })
  })

  const text = 'x'.repeat(4000)
  for (const [what, long] of Object.entries({
    realms: bearer(`realm.test/${text}`),
    services: { ...bearer('realm.test'), service: text },
    scopes: { ...bearer('realm.test'), scopes: text },
  })) {
    it(`is forgotten after a million characters of the ${what} of other hosts`, () => {
      const session = open()
      for (let index = 0; index < 300; index++) session.remember(target(`a${index}.test`), long)

      expect(session.recall(target('a0.test'))).to.equal(undefined)
    })
  }
})

describe('the credentials of a session', () => {
  const credentials = new Map([['proxy.test', { username: 'user', password: 'pass' }]])

  it('are shown to their own host', () => {
    expect(open({ credentials }).basic('proxy.test')).to.equal(`Basic ${Buffer.from('user:pass').toString('base64')}`)
  })

  for (const host of ['other.test', 'a.proxy.test', 'proxy.test:5000']) {
    it(`are not shown to ${host}`, () => {
      expect(open({ credentials }).basic(host)).to.equal(undefined)
    })
  }
})

describe('a request of a session', () => {
  const options = { authorization: undefined, checkKey: 'key', signal: new AbortController().signal }

  it('that no answer came to is a refusal with the reason', async () => {
    expect(await open().send('HEAD', target('a.test'), options)).to.deep.equal({
      access: 'unknown',
      reason: 'connection',
    })
  })

  it('is told without its query, which may be signed', async () => {
    const events: RequestEvent[] = []
    await open({ events }).send('HEAD', { url: new URL('https://a.test/v2/x?sig=secret'), trust: 'image' }, options)

    expect(events.map(({ url, error }) => ({ url, error }))).to.deep.equal([
      { url: 'https://a.test/v2/x', error: 'connection' },
    ])
  })

  it('rejects where the program itself is at fault', async () => {
    const transport = { ...refusing, request: () => Promise.reject(new TypeError('a fault')) }
    const failure = await open({ transport })
      .send('HEAD', target('a.test'), options)
      .catch((error: unknown) => error)

    expect(failure).to.be.instanceOf(TypeError)
  })
})

describe('what a session sends', () => {
  const credentials = new Map([['auth.test', { username: 'user', password: 'pass' }]])
  const basic = `Basic ${Buffer.from('user:pass').toString('base64')}`

  /** A session, and all that its transport is asked for. */
  function recording(known?: Credentials) {
    const requests: TransportRequest[] = []
    const transport: Transport = {
      ...refusing,
      request: (request) => {
        requests.push(request)
        return Promise.resolve({ status: 200, headers: {}, body: '{"token":"a-token"}', network: 'public' })
      },
    }
    const events: RequestEvent[] = []
    const session = open({ transport, events, ...(known && { credentials: known }) })
    return { session, requests, steps: () => events.map(({ step }) => step) }
  }

  for (const trust of ['image', 'named', 'configured'] as const) {
    it(`for a manifest has the authorization, the trust and the time that the check gives it: ${trust}`, async () => {
      const { session, requests } = recording(credentials)
      const { url } = target('a.test')
      const given = { signal: new AbortController().signal, outlived: () => undefined }
      await session.send('HEAD', { url, trust }, { authorization: 'Bearer b', checkKey: 'key', ...given })

      const headers = { accept: 'application/json', authorization: 'Bearer b' }
      expect(requests).to.deep.equal([{ method: 'HEAD', url, headers, trust, ...given }])
    })

    it(`for a token has the trust of the realm and a time of its own, and shows nothing without credentials: ${trust}`, async () => {
      const { session, requests } = recording()
      const url = new URL('https://auth.test/token')
      await session.tokens.get({ key: 'key', url, trust }, 'check')

      const headers = { accept: 'application/json' }
      expect(requests).to.deep.equal([{ method: 'GET', url, headers, trust, signal: tokenTime }])
    })
  }

  for (const [host, shown] of [
    ['auth.test', basic],
    ['auth.test:8443', undefined],
    ['other.test', undefined],
  ] as const) {
    it(`to ${host} for a token shows the credentials of auth.test ${shown === undefined ? 'in no way' : 'to it'}`, async () => {
      const { session, requests } = recording(credentials)
      await session.tokens.get({ key: 'key', url: new URL(`https://${host}/token`), trust: 'configured' }, 'check')

      expect(requests.map(({ headers }) => headers?.['authorization'])).to.deep.equal([shown])
    })
  }

  for (const [known, steps] of [
    [undefined, ['manifest', 'token']],
    [credentials, ['proxy-manifest', 'proxy-token']],
  ] as const) {
    it(`is told as ${steps.join(' and ')} ${known === undefined ? 'without' : 'with'} credentials`, async () => {
      const { session, steps: told } = recording(known)
      await session.send('GET', target('a.test'), { authorization: undefined, checkKey: 'key', signal: tokenTime })
      await session.tokens.get({ key: 'key', url: new URL('https://auth.test/token'), trust: 'image' }, 'check')

      expect(told()).to.deep.equal(steps)
    })
  }
})

describe('a request for a token', () => {
  const request: TokenRequest = { key: 'key', url: new URL('https://auth.test/token'), trust: 'image' }
  const granted = { status: 200, headers: {}, body: '{"token":"a-token"}', network: 'public' } as const

  /** Answers that lead from place to place, one after the other, and the URLs that were asked. */
  function leading(...locations: readonly string[]) {
    const asked: string[] = []
    const transport: Transport = {
      ...refusing,
      request: ({ url }) => {
        const location = locations[asked.push(url.href) - 1]
        return Promise.resolve(
          location === undefined ? granted : { ...granted, status: 307, headers: { location }, body: '' },
        )
      },
    }
    return { asked, transport }
  }

  it('follows five redirects within its host', async () => {
    const { transport, asked } = leading('/1', '/2', '/3', '/4', '/5')

    expect(await open({ transport }).tokens.get(request, 'check')).to.include({ value: 'a-token' })
    expect(asked.at(-1)).to.equal('https://auth.test/5')
  })

  it('follows no sixth redirect', async () => {
    const { transport, asked } = leading('/1', '/2', '/3', '/4', '/5', '/6')

    expect(await open({ transport }).tokens.get(request, 'check')).to.have.property('access')
    expect(asked).to.have.lengthOf(6)
  })

  for (const other of ['other.test', 'auth.test:8443', 'a.auth.test']) {
    it(`believes no token of ${other} that auth.test redirects it to, nor asks it`, async () => {
      const { transport, asked } = leading(`https://${other}/token`)

      expect(await open({ transport }).tokens.get(request, 'check')).to.have.property('access')
      expect(asked).to.deep.equal(['https://auth.test/token'])
    })
  }

  for (const [how, { transport }] of Object.entries({
    'has its token': leading(),
    'gets no answer': { transport: refusing },
    'meets a bug': { transport: { ...refusing, request: () => Promise.reject(new TypeError('a fault')) } },
  })) {
    it(`lets go of its time budget when it ${how}`, async () => {
      let ended = 0
      const session = open({ transport, ended: () => ended++ })
      await session.tokens.get(request, 'check').catch(() => undefined)

      expect(ended).to.equal(1)
    })
  }
})
