import type { RequestListener } from 'node:http'
import { expect } from 'chai'
import type { V1Secret } from '@kubernetes/client-node'
import type { Api, RequestOptions } from '../../src/kubernetes/api.ts'
import { ApiError } from '../../src/kubernetes/apiError.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { refuse, reply, startStandIn, type StandIn } from '../support/apiServer.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'

const encode = (text: string) => Buffer.from(text).toString('base64')

describe('Access to the API server', () => {
  let standIn: StandIn | undefined

  afterEach(async () => {
    await standIn?.close()
    standIn = undefined
  })

  /** As good as any other request. */
  function read(api: Api, options: RequestOptions = {}): Promise<V1Secret> {
    return api.core.readNamespacedSecret({ name: 'name', namespace: 'namespace' }, api.with(options))
  }

  async function failure(request: Promise<unknown>): Promise<ApiError> {
    const error: unknown = await request.catch((error: unknown) => error)
    if (error instanceof ApiError) return error
    throw new Error('the request did not fail')
  }

  it('knows the service account’s namespace', async () => {
    standIn = await startStandIn(() => undefined)
    expect(standIn.api.namespace).to.equal('webhook-system')
  })

  it('shows the token as it is at this moment', async () => {
    const tokens: (string | undefined)[] = []
    standIn = await startStandIn((request, response) => {
      tokens.push(request.headers.authorization)
      reply(response, 200, {})
    })
    await read(standIn.api)
    await standIn.rotateToken('second-token')
    await read(standIn.api)
    expect(tokens).to.deep.equal(['Bearer first-token', 'Bearer second-token'])
  })

  it('asks again where the token could not be read for a moment', async () => {
    standIn = await startStandIn((_request, response) => {
      reply(response, 200, { kind: 'Secret' })
    })
    await standIn.removeToken()
    const asking = read(standIn.api)
    expect((await failure(read(standIn.api, { retry: false }))).message).to.match(
      /^the credentials for the API server cannot be read: /,
    )
    await standIn.rotateToken('second-token')
    expect(await asking).to.deep.equal({ kind: 'Secret' })
  })

  describe('refused by a policy', () => {
    const id = 'canary-license-31415926'
    const auth = Buffer.from(`LICENSE_ID:${id}`).toString('base64')
    const content = JSON.stringify({ auths: { 'proxy.replicated.com': { auth } } })
    const key = '-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LWtleQcanarykey\n-----END PRIVATE KEY-----\n'
    const data = { '.dockerconfigjson': encode(content), 'tls.key': encode(key) }

    async function messageFor(said: string): Promise<string> {
      standIn = await startStandIn((_request, response) => {
        refuse(response, 403, 'Forbidden', `admission webhook "policy" denied the request: ${said}`)
      })
      const { api } = standIn
      const creation = api.core.createNamespacedSecret({ namespace: 'a', body: { kind: 'Secret', data } })
      return (await failure(creation)).message
    }

    for (const [what, said] of [
      ['as it is', JSON.stringify(data)],
      ['cut off', `data: ${encode(content).slice(0, 60)}…`],
      ['decoded', `data: ${content}`],
      ['decoded, within a text', JSON.stringify({ content })],
      ['by the entry of a host', `auth ${auth} is not allowed`],
      ['by its password', `password ${id} is weak`],
      ['by a key in it', `line ${key.split('\n')[1] ?? ''}`],
    ] as const) {
      it(`that quotes a Secret ${what}, tells the reason alone`, async () => {
        expect(await messageFor(said)).to.equal('the API server answers 403: Forbidden')
      })
    }

    it('that quotes nothing of a Secret, tells its words, the host of a registry included', async () => {
      const said = 'no credentials for proxy.replicated.com in the namespace a'
      expect(await messageFor(said)).to.equal(
        `the API server answers 403: admission webhook "policy" denied the request: ${said}`,
      )
    })
  })

  const transient: readonly number[] = [429, 500, 503, 504]
  for (const status of transient) {
    it(`asks again after a ${status}`, async () => {
      standIn = await startStandIn((_request, response) => {
        if (standIn?.asked.length === 1) refuse(response, status, 'Busy', 'busy')
        else reply(response, 200, { kind: 'Secret' })
      })
      expect(await read(standIn.api)).to.deep.equal({ kind: 'Secret' })
    })
  }

  it('waits for as long as the API server asks for in Retry-After', async () => {
    const times: number[] = []
    standIn = await startStandIn((_request, response) => {
      if (times.push(performance.now()) === 1) refuse(response, 429, 'Busy', 'busy', { 'Retry-After': '1' })
      else reply(response, 200, { kind: 'Secret' })
    })
    await read(standIn.api)
    const [first = 0, second = 0] = times
    expect(second - first).to.be.at.least(1000)
  })

  it('asks again on a new connection after one that broke', async () => {
    standIn = await startStandIn((request, response) => {
      if (standIn?.asked.length === 1) request.socket.destroy()
      else reply(response, 200, { kind: 'Secret' })
    })
    expect(await read(standIn.api)).to.deep.equal({ kind: 'Secret' })
  })

  const final: readonly number[] = [400, 401, 403, 404, 409, 410, 422]
  for (const status of final) {
    it(`fails at once, without another attempt, after a ${status}`, async () => {
      standIn = await startStandIn((_request, response) => {
        refuse(response, status, 'SomeReason', 'a message')
      })
      const error = await failure(read(standIn.api))
      expect(error.status).to.equal(status)
      expect(error.reasons).to.deep.equal(['SomeReason'])
      expect(standIn.asked).to.have.lengthOf(1)
    })
  }

  it('says who may not do what', async () => {
    standIn = await startStandIn((_request, response) => {
      refuse(response, 403, 'Forbidden', 'secrets is forbidden: User "u" cannot list resource "secrets"')
    })
    const { message } = await failure(read(standIn.api))
    expect(message).to.equal(
      'the API server answers 403: secrets is forbidden: User "u" cannot list resource "secrets"',
    )
  })

  it('does not repeat what the API server quotes of an invalid object', async () => {
    standIn = await startStandIn((_request, response) => {
      refuse(response, 422, 'Invalid', 'data: Invalid value: "CANARY-LICENSE-ID"')
    })
    const { message } = await failure(read(standIn.api))
    expect(message).to.equal('the API server answers 422: Invalid')
  })

  it('keeps its connection', async () => {
    const ports = new Set<number | undefined>()
    standIn = await startStandIn((request, response) => {
      ports.add(request.socket.remotePort)
      reply(response, 200, {})
    })
    for (let count = 0; count < 5; count++) await read(standIn.api)
    expect(ports).to.have.lengthOf(1)
  })

  it('has 16 connections for requests at the most, however many there are at once', async () => {
    const ports = new Set<number | undefined>()
    standIn = await startStandIn((request, response) => {
      ports.add(request.socket.remotePort)
      setTimeout(reply, 100, response, 200, {})
    })
    const { api } = standIn
    await Promise.all(Array.from({ length: 32 }, () => read(api, { urgent: true })))
    expect(ports).to.have.lengthOf.within(2, 16)
  })

  it('trusts the CA that is mounted at this moment, and no other', async () => {
    standIn = await startStandIn((_request, response) => {
      reply(response, 200, {})
    })
    await read(standIn.api)
    await standIn.rotateCa((await createAuthority()).certificate)
    expect((await failure(read(standIn.api, { retry: false }))).message).to.match(/cannot be reached: .*certificate/)
  })
})

describe('A watch of the API server', () => {
  let standIn: StandIn | undefined
  let timers: FakeTimers | undefined

  afterEach(async () => {
    timers?.restore()
    timers = undefined
    await standIn?.close()
    standIn = undefined
  })

  /** Answers watches without ever ending them, and everything else at once. */
  const neverEnding: RequestListener = (request, response) => {
    if (request.url?.includes('watch=') === true) response.writeHead(200).flushHeaders()
    else reply(response, 200, {})
  }

  function open(api: Api) {
    const opened = Promise.withResolvers<undefined>()
    const handler = {
      opened: () => {
        opened.resolve(undefined)
      },
      event: () => undefined,
    }
    const ended = api.watch('/api/v1/pods', {}, handler, new AbortController().signal)
    return { opened: opened.promise, ended: ended.catch((error: unknown) => error) }
  }

  it('takes no connection from requests, however many watches there are', async () => {
    standIn = await startStandIn(neverEnding)
    const { api } = standIn
    await Promise.all(Array.from({ length: 20 }, () => open(api).opened))
    await api.core.readNamespace({ name: 'home' }, api.with({ retry: false }))
    expect(standIn.asked.at(-1)).to.equal('GET /api/v1/namespaces/home')
  })

  it('waits for its turn as a request does', async () => {
    standIn = await startStandIn(neverEnding, 5)
    const { api } = standIn
    const before = performance.now()
    await Promise.all(Array.from({ length: 4 }, () => open(api).opened))
    expect(performance.now() - before).to.be.at.least(550)
  })

  it('counts as lost after two and a half minutes of silence, and not before', async () => {
    standIn = await startStandIn(neverEnding)
    timers = fakeTimers()
    const { opened, ended } = open(standIn.api)
    await opened
    await timers.pass(149_000)
    const afterAWhile = await Promise.race([ended, Promise.resolve('open')])
    await timers.pass(2000)
    expect(afterAWhile).to.equal('open')
    expect(await ended).to.be.instanceOf(ApiError)
  })
})
