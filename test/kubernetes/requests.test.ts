import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { connect } from '../../src/kubernetes/connect.ts'
import { ApiError } from '../../src/kubernetes/apiError.ts'
import type { RequestOptions } from '../../src/kubernetes/api.ts'
import { retryDelay } from '../../src/kubernetes/requests.ts'
import { refuse, reply, startStandIn, type StandIn } from '../support/apiServer.ts'
import { eventually } from '../support/eventually.ts'
import { kubeconfigFor } from '../support/kubeconfig.ts'
import { startSilentListener } from '../support/silentListener.ts'

describe('The wait until a request to the API server is tried again', () => {
  const after = (seconds?: number) =>
    retryDelay(new ApiError('', 429, [], seconds === undefined ? undefined : seconds * 1000), 200)

  it('is the backoff’s where the API server asks for none', () => {
    expect(after()).to.equal(200)
  })

  it('is what the API server asks for, and the backoff’s on top', () => {
    expect(after(3)).to.equal(3200)
  })

  it('is no longer than 15 s and the backoff’s, whatever the API server asks for', () => {
    expect([after(15), after(16), after(3600)]).to.deep.equal([15_200, 15_200, 15_200])
  })
})

describe('A request to the API server', () => {
  let standIn: StandIn | undefined
  afterEach(async () => {
    await standIn?.close()
    standIn = undefined
  })

  const read = ({ api }: StandIn) => api.core.readNamespacedSecret({ name: 'name', namespace: 'namespace' })
  const failureOf = async (request: Promise<unknown>): Promise<unknown> => request.catch((error: unknown) => error)

  it('carries the name of the client, and its token', async () => {
    const headers: object[] = []
    standIn = await startStandIn((request, response) => {
      headers.push(request.headers)
      reply(response, 200, {})
    })
    await read(standIn)
    expect(headers[0]).to.include({ 'user-agent': 'image-proxy-webhook', authorization: 'Bearer first-token' })
  })

  it('fails at once, and does not wait out a Retry-After, when the connection is closed', async () => {
    standIn = await startStandIn((_request, response) => {
      refuse(response, 429, 'Busy', 'busy', { 'Retry-After': '60' })
    })
    const { api, asked } = standIn
    const failure = failureOf(read(standIn))
    await eventually(() => {
      expect(asked).to.have.lengthOf(1)
    })
    const before = performance.now()
    api.close()
    expect(await failure)
      .to.be.instanceOf(ApiError)
      .with.property('message', 'the connection to the API server is closed')
    expect(performance.now() - before).to.be.lessThan(5000)
  })

  it('goes before others where someone waits for it, and after them where nobody does', async () => {
    // Five a second: those that follow the first one all wait for their turn.
    const { api, asked } = (standIn = await startStandIn((_request, response) => {
      reply(response, 200, {})
    }, 5))
    const ask = (name: string, options: RequestOptions = {}) => api.core.readNamespace({ name }, api.with(options))
    await ask('first')
    await Promise.all([ask('background', { background: true }), ask('usual'), ask('urgent', { urgent: true })])
    expect(asked.map((line) => line.split('/').at(-1))).to.deep.equal(['first', 'urgent', 'usual', 'background'])
  })

  it('is tried six times, and fails then with what the API server has answered', async () => {
    const { random } = Math
    // The shortest waits that there can be: three seconds in all.
    Math.random = () => 0
    try {
      standIn = await startStandIn((_request, response) => {
        refuse(response, 503, 'Busy', 'busy')
      })
      expect(await failureOf(read(standIn)))
        .to.be.instanceOf(ApiError)
        .with.property('status', 503)
      expect(standIn.asked).to.have.lengthOf(6)
    } finally {
      Math.random = random
    }
  })

  it('is not sent once the connection is closed', async () => {
    standIn = await startStandIn((_request, response) => {
      reply(response, 200, {})
    })
    standIn.api.close()
    expect(await failureOf(read(standIn))).to.be.instanceOf(ApiError)
    expect(standIn.asked).to.deep.equal([])
  })

  it('is given up within nine seconds where what is sent to the API server is swallowed', async function () {
    this.timeout(20_000)
    const directory = await mkdtemp(join(tmpdir(), 'swallowed-'))
    const silent = await startSilentListener('127.0.0.1')
    const kubeconfig = join(directory, 'config')
    await writeFile(kubeconfig, kubeconfigFor(`https://127.0.0.1:${silent.port}`, '', { test: 'a-token' }))
    const api = await connect({ environment: { KUBECONFIG: kubeconfig }, requestsPerSecond: 10 })
    const began = performance.now()
    const asked = api?.core.readNamespacedSecret({ name: 'name', namespace: 'namespace' }, api.with({ retry: false }))
    const failure = await failureOf(Promise.resolve(asked))
    const took = performance.now() - began
    api?.close()
    await silent.close()
    await rm(directory, { recursive: true })
    expect(failure).to.be.instanceOf(ApiError).with.property('message').that.contains('Connect Timeout Error')
    expect(took).to.be.below(9000)
  })

  it('is answered with an error of the connection where the answer ends too soon', async () => {
    standIn = await startStandIn((_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('{')
      setImmediate(() => response.destroy())
    })
    const { api } = standIn
    const once = api.core.readNamespacedSecret({ name: 'name', namespace: 'namespace' }, api.with({ retry: false }))
    expect(await failureOf(once))
      .to.be.instanceOf(ApiError)
      .with.property('status', 0)
  })
})
