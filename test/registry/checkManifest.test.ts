import { expect } from 'chai'
import type { TransportRequest, TransportResponse } from '../../src/network/transport.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { createSession } from '../../src/registry/auth/session.ts'
import { createBreaker } from '../../src/registry/breaker.ts'
import { checkManifest, type CheckContext } from '../../src/registry/checkManifest.ts'
import { createEndpoints } from '../../src/registry/endpoint.ts'
import { createLimiter } from '../../src/registry/limiter/limiter.ts'
import { createTimeBudgets } from '../../src/registry/timeBudget.ts'

const asker = { namespace: 'my-app' }
const manifestType = 'application/vnd.oci.image.manifest.v1+json'

describe('The check of a manifest', () => {
  let requests: TransportRequest[]
  let answer: (request: TransportRequest) => Promise<TransportResponse>
  let found: unknown[]
  let mayAsk: boolean
  let context: CheckContext

  const response = (status: number, headers: Record<string, string> = {}): TransportResponse => ({
    status,
    headers,
    body: '',
    network: 'public',
  })
  const session = createSession({
    transport: {
      request: (request) => {
        requests.push(request)
        return answer(request)
      },
      close: () => Promise.resolve(),
    },
    accept: manifestType,
    openTimeBudget: () => ({ signal: new AbortController().signal, end: () => undefined }),
    observe: () => undefined,
    now: () => 0,
  })
  const check = (image: string, breakerKey = 'quay.io') =>
    checkManifest(context, { session, reference: parseReference(image), key: image, asker, breakerKey })

  beforeEach(() => {
    requests = []
    found = []
    mayAsk = true
    answer = () => Promise.resolve(response(200, { 'content-type': manifestType }))
    context = {
      endpointOf: createEndpoints({}),
      limiter: createLimiter({
        concurrency: 1,
        perHost: 1,
        maxWaiting: 10,
        maxWait: 10_000,
        hasAnswered: () => true,
      }),
      breaker: createBreaker(() => 0),
      timeBudgets: createTimeBudgets(10_000),
      mayAsk: () => mayAsk,
      found: (host, { access }) => found.push([host, access]),
    }
  })
  afterEach(() => {
    context.limiter.close()
    context.timeBudgets.close()
  })

  it('asks once, with a HEAD, where that settles it', async () => {
    expect((await check('quay.io/a/b:1').finding).access).to.equal('readable')
    expect(requests.map(({ method, url }) => `${method} ${url.href}`)).to.deep.equal([
      'HEAD https://quay.io/v2/a/b/manifests/1',
    ])
  })

  it('asks with a GET where the HEAD settles nothing', async () => {
    answer = ({ method }) => Promise.resolve(response(method === 'HEAD' ? 405 : 404))
    expect((await check('registry.example/a:1').finding).access).to.equal('missing')
    expect(requests.map(({ method }) => method)).to.deep.equal(['HEAD', 'GET'])
  })

  it('asks nobody where the registry can be no host', async () => {
    expect(await check('1.2.3.4.5/a:1').finding).to.include({ access: 'unknown', reason: 'dns' })
    expect(requests).to.deep.equal([])
  })

  it('asks nobody while the registry wants to be left alone', async () => {
    context.breaker.open('quay.io', '60')
    expect(await check('quay.io/a/b:1').finding).to.include({ access: 'unknown', reason: 'rate-limited' })
    expect(requests).to.deep.equal([])
  })

  it('asks nobody where the registry came to want that while the check waited for its turn', async () => {
    answer = () => Promise.resolve(response(429, { 'retry-after': '60' }))
    const findings = await Promise.all([check('quay.io/a/b:1').finding, check('quay.io/a/b:2').finding])
    expect(findings.map(({ reason }) => reason)).to.deep.equal(['rate-limited', 'rate-limited'])
    expect(requests).to.have.lengthOf(1)
  })

  it('leaves alone whom a 429 is about, and no other', async () => {
    answer = () => Promise.resolve(response(429, { 'retry-after': '60' }))
    await check('quay.io/a/b:1', 'the registry behind the proxy').finding
    expect([
      context.breaker.remaining('the registry behind the proxy'),
      context.breaker.remaining('quay.io'),
    ]).to.deep.equal([60_000, 0])
  })

  it('asks nobody where the registry fell silent while the check waited for its turn', async () => {
    mayAsk = false
    expect(await check('quay.io/a/b:1').finding).to.include({ access: 'unknown', reason: 'timeout' })
    expect(requests).to.deep.equal([])
  })

  it('tells what it found, and of which registry', async () => {
    await check('redis:7').finding
    expect(found).to.deep.equal([['docker.io', 'readable']])
  })

  it('tells nothing of a registry that was not asked', async () => {
    mayAsk = false
    await check('quay.io/a/b:1').finding
    expect(found).to.deep.equal([])
  })

  it('is given up when its time is up, and ends the request that is under way', async () => {
    context = { ...context, timeBudgets: createTimeBudgets(20) }
    answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(new Error('a fault of the program, which comes too late to count'))
        })
      })
    expect(await check('quay.io/a/b:1').finding).to.include({ access: 'unknown', reason: 'timeout' })
    expect(requests.map(({ signal }) => signal?.aborted)).to.deep.equal([true])
  })

  it('is busy, and says nothing of the image, where there is no room for it any more', async () => {
    context.limiter.close()
    expect(await check('quay.io/a/b:1').finding).to.include({ access: 'unknown', reason: 'busy' })
  })
})
