import { expect } from 'chai'
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../src/json.ts'
import { secretsNamed } from '../../src/cluster/secrets.ts'
import { unreachable } from '../../src/kubernetes/apiError.ts'
import { watchObjects, type ObjectWatch } from '../../src/kubernetes/watch.ts'
import { refuse, reply, startStandIn, type StandIn } from '../support/apiServer.ts'
import { until } from '../support/transports.ts'

describe('A watch', () => {
  let standIn: StandIn | undefined
  let watch: ObjectWatch | undefined
  let told: string[]

  beforeEach(() => {
    told = []
  })
  afterEach(async () => {
    watch?.stop()
    await standIn?.close()
  })

  type Answer = (query: URLSearchParams, response: ServerResponse, count: number) => void

  /** @param list answers the lists, and `follow` the watches; `count` is how many were asked before */
  async function start(list: Answer, follow: Answer): Promise<StandIn> {
    const counts = { list: 0, follow: 0 }
    standIn = await startStandIn((request, response) => {
      const query = new URL(request.url ?? '', 'https://localhost').searchParams
      if (query.has('watch')) follow(query, response, counts.follow++)
      else list(query, response, counts.list++)
    })
    watch = watchObjects(standIn.api, secretsNamed(standIn.api, 'name', undefined), {
      relisting: () => told.push('relisting'),
      listed: () => told.push('listed'),
      seen: (object) => told.push(`seen ${object.metadata?.name ?? ''}`),
      gone: (object) => told.push(`gone ${object.metadata?.name ?? ''}`),
      fault: (sentence) => told.push(`fault ${sentence ?? 'over'}`),
    })
    return standIn
  }

  function object(name: string, resourceVersion: string): JsonObject {
    return { metadata: { name, resourceVersion } }
  }

  function event(response: ServerResponse, type: string, object: unknown): void {
    response.write(`${JSON.stringify({ type, object })}\n`)
  }

  function list(...names: readonly string[]): Answer {
    return (_query, response) => {
      reply(response, 200, { metadata: { resourceVersion: '10' }, items: names.map((name) => object(name, '5')) })
    }
  }

  const silent: Answer = (_query, response) => {
    response.flushHeaders()
  }

  it('tells of every object, page by page, and then of each change', async () => {
    const pages: Answer = (query, response) => {
      if (query.get('continue') === null)
        reply(response, 200, { metadata: { continue: 'more' }, items: [object('a', '1')] })
      else reply(response, 200, { metadata: { resourceVersion: '10' }, items: [object('b', '2')] })
    }
    await start(pages, (_query, response) => {
      event(response, 'ADDED', object('c', '11'))
      event(response, 'MODIFIED', object('a', '12'))
      event(response, 'BOOKMARK', object('', '13'))
      event(response, 'DELETED', object('b', '14'))
    })
    await until(() => told.includes('gone b'))
    expect(told).to.deep.equal(['relisting', 'seen a', 'seen b', 'listed', 'seen c', 'seen a', 'gone b'])
  })

  it('lists everything anew when it is told to, although nothing is wrong with it', async () => {
    await start(list('a'), silent)
    await until(() => told.includes('listed'))
    await until(() => standIn?.asked.some((asked) => asked.includes('watch=')) ?? false)
    watch?.relist()
    await until(() => told.filter((what) => what === 'listed').length === 2)
    expect(told).to.deep.equal(['relisting', 'seen a', 'listed', 'relisting', 'seen a', 'listed'])
  })

  it('tells nothing more of a list once it is stopped', async () => {
    const pages: Answer = (query, response) => {
      if (query.get('continue') === null) {
        reply(response, 200, { metadata: { continue: 'more' }, items: [object('a', '1')] })
        return
      }
      watch?.stop()
      reply(response, 200, { metadata: { resourceVersion: '10' }, items: [object('b', '2')] })
      answered.resolve(undefined)
    }
    const answered = Promise.withResolvers<undefined>()
    const { api } = await start(pages, silent)
    await answered.promise
    // What comes after it is answered later.
    await api.core.readNamespace({ name: 'a' }, api.with({ retry: false })).catch(() => undefined)
    expect(told).to.deep.equal(['relisting', 'seen a'])
  })

  it('understands an event that comes in pieces', async () => {
    await start(list(), (_query, response) => {
      const text = `${JSON.stringify({ type: 'ADDED', object: object('é', '11') })}\n`
      const bytes = Buffer.from(text)
      const middle = bytes.indexOf(Buffer.from('é')) + 1
      response.write(bytes.subarray(0, middle), () => response.write(bytes.subarray(middle)))
    })
    await until(() => told.includes('seen é'))
  })

  it('goes on where it was when the connection breaks', async () => {
    const versions: (string | null)[] = []
    const { breakConnections } = await start(list(), (query, response, count) => {
      versions.push(query.get('resourceVersion'))
      event(response, 'ADDED', object(`object-${count}`, `${20 + count}`))
    })
    await until(() => told.includes('seen object-0'))
    breakConnections()
    await until(() => told.includes('seen object-1'))
    expect(versions).to.deep.equal(['10', '20'])
    expect(told).not.to.include('fault over')
  })

  it('goes on where a bookmark says', async () => {
    const versions: (string | null)[] = []
    await start(list(), (query, response, count) => {
      versions.push(query.get('resourceVersion'))
      event(response, 'BOOKMARK', object('', '99'))
      if (count === 0) response.end()
    })
    await until(() => versions.length === 2)
    expect(versions).to.deep.equal(['10', '99'])
  })

  it('goes on where it was after an event that says no version', async () => {
    const versions: (string | null)[] = []
    await start(list(), (query, response, count) => {
      versions.push(query.get('resourceVersion'))
      event(response, 'MODIFIED', { metadata: { name: 'a' } })
      if (count === 0) response.end()
    })
    await until(() => versions.length === 2)
    expect(versions).to.deep.equal(['10', '10'])
    expect(told.filter((what) => what === 'relisting')).to.have.lengthOf(1)
  })

  const forgotten: readonly (readonly [string, Answer])[] = [
    [
      'as an answer',
      (_query, response) => {
        refuse(response, 410, 'Expired', 'too old')
      },
    ],
    [
      'as an event',
      (_query, response) => {
        const error = { type: 'ERROR', object: { code: 410, reason: 'Expired' } }
        const behind = { type: 'ADDED', object: object('behind the error', '11') }
        response.write(`${JSON.stringify(error)}\n${JSON.stringify(behind)}\n`)
      },
    ],
  ]
  for (const [how, expired] of forgotten) {
    it(`lists again when the history is forgotten, told ${how}`, async () => {
      await start(list('a'), (query, response, count) => {
        if (count === 0) expired(query, response, count)
        else silent(query, response, count)
      })
      await until(() => told.filter((what) => what === 'listed').length === 2)
      expect(told).to.deep.equal(['relisting', 'seen a', 'listed', 'relisting', 'seen a', 'listed'])
    })
  }

  it('tells once what forbids it, and when it is over', async () => {
    await start((query, response, count) => {
      if (count < 3) refuse(response, 403, 'Forbidden', 'no')
      else list('a')(query, response, count)
    }, silent)
    await until(() => told.includes('fault over'))
    expect(told.filter((what) => what !== 'relisting')).to.deep.equal([
      'fault the API server answers 403: no',
      'seen a',
      'listed',
      'fault over',
    ])
  })

  it('lists again after an error of its listener, which it tells', async () => {
    let isBroken = true
    standIn = await startStandIn((request, response) => {
      if (request.url?.includes('watch=') !== true)
        reply(response, 200, { metadata: { resourceVersion: '10' }, items: [] })
      else event(response, 'ADDED', object('a', '11'))
    })
    watch = watchObjects(standIn.api, secretsNamed(standIn.api, 'name', undefined), {
      relisting: () => told.push('relisting'),
      seen: () => {
        if (isBroken) throw new TypeError('a bug')
        told.push('seen')
      },
      gone: () => undefined,
      fault: (sentence) => {
        told.push(`fault ${sentence ?? 'over'}`)
        isBroken = false
      },
    })
    await until(() => told.includes('seen'))
    expect(told.slice(0, 3)).to.deep.equal(['relisting', 'fault a bug', 'relisting'])
  })

  it('tells once of an API server that refuses one connection and lets the next one time out', async () => {
    const reasons = ['connect ECONNREFUSED', 'timed out']
    standIn = await startStandIn(() => undefined)
    let asked = 0
    const away = () => Promise.reject(unreachable(new Error(reasons[asked++ % reasons.length])))
    watch = watchObjects(
      standIn.api,
      { path: '/api/v1/secrets', list: away },
      { seen: () => undefined, gone: () => undefined, fault: (sentence) => told.push(`fault ${sentence ?? 'over'}`) },
    )
    await until(() => asked > 2)
    expect(told).to.deep.equal(['fault the API server cannot be reached: connect ECONNREFUSED'])
  })

  it('asks nothing any more when it is stopped', async () => {
    const { asked } = await start(list(), silent)
    await until(() => asked.length === 2)
    watch?.stop()
    standIn?.breakConnections()
    await standIn?.api.core.readNamespace({ name: 'last' }).catch(() => undefined)
    expect(asked.slice(2).every((request) => request.includes('/last'))).to.be.true
  })
})
