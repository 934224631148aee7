import { expect } from 'chai'
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2'
import { createServer } from 'node:https'
import { parseChallenges } from '../../src/registry/auth/challenge.ts'
import type { TransportResponse } from '../../src/network/transport.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttp2Server, startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, withTransport } from '../support/transports.ts'

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void
type Ask = (path: string, method?: 'GET' | 'HEAD') => Promise<TransportResponse>

describe('the transport to a host that speaks HTTP/2', () => {
  let authority: Authority
  let certificate: ServerCertificate
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test'] })
  })

  async function withServer<Result>(
    handler: Handler,
    use: (ask: Ask, server: RunningServer) => Promise<Result>,
  ): Promise<Result> {
    const server = await startHttp2Server(certificate, handler)
    try {
      return await withTransport({ ca: authority.certificate }, (transport) =>
        use((path, method = 'GET') => {
          const url = new URL(path, `https://registry.test:${server.port}`)
          return transport.request({ method, url, trust: 'configured' })
        }, server),
      )
    } finally {
      await server.close()
    }
  }

  it('reads a GET', async () => {
    const response = await withServer(answer('{}'), (ask) => ask('/'))
    expect(response).to.deep.include({ status: 200, body: '{}' })
  })

  it('reads a HEAD', async () => {
    const response = await withServer(
      (_request, response) =>
        response.writeHead(200, { 'docker-content-digest': 'sha256:x', 'content-length': 9 }).end(),
      (ask) => ask('/', 'HEAD'),
    )
    expect(response).to.deep.include({ status: 200, body: '' })
    expect(response.headers['docker-content-digest']).to.equal('sha256:x')
  })

  it('gives every challenge of several lines', async () => {
    const lines = ['Bearer realm="https://auth.test/token",service="a, b"', 'Basic realm="x"']
    const { headers } = await withServer(
      (_request, response) => {
        response.setHeader('www-authenticate', lines)
        response.writeHead(401).end()
      },
      (ask) => ask('/', 'HEAD'),
    )
    const header = headers['www-authenticate'] ?? []
    const challenges = parseChallenges(typeof header === 'string' ? [header] : header)
    expect(challenges.map(({ scheme, params }) => [scheme, params['realm']])).to.deep.equal([
      ['bearer', 'https://auth.test/token'],
      ['basic', 'x'],
    ])
  })

  it('sends requests side by side on one connection', async () => {
    const waiting: Http2ServerResponse[] = []
    await withServer(
      (_request, response) => {
        waiting.push(response)
        if (waiting.length === 20) for (const each of waiting) each.end()
      },
      async (ask, server) => {
        await Promise.all(Array.from({ length: 20 }, () => ask('/', 'HEAD')))
        expect(server.accepted).to.equal(1)
      },
    )
  })

  it('prefers it where both versions are spoken', async () => {
    const offered: (readonly string[])[] = []
    const server = await startServer(
      createServer(
        {
          ...certificate,
          ALPNCallback: ({ protocols }) => {
            offered.push(protocols)
            return 'http/1.1'
          },
        },
        (_request, response) => response.end(),
      ),
    )
    try {
      await withTransport({ ca: authority.certificate }, (transport) =>
        transport.request({
          method: 'GET',
          url: new URL(`https://registry.test:${server.port}/`),
          trust: 'configured',
        }),
      )
    } finally {
      await server.close()
    }
    expect(offered).to.deep.equal([['h2', 'http/1.1']])
  })

  it('cuts a body off after 64 KiB and goes on with the connection', async () => {
    await withServer(answer('x'.repeat(1024 * 1024)), async (ask, server) => {
      const { body } = await ask('/')
      expect(body).to.have.lengthOf(64 * 1024)
      await ask('/', 'HEAD')
      expect(server.accepted).to.equal(1)
    })
  })

  it('opens a new connection after a GOAWAY', async () => {
    const sessions = new Set<Http2Session | undefined>()
    await withServer(
      (request, response) => {
        sessions.add(request.stream.session)
        response.end()
      },
      async (ask) => {
        await ask('/')
        for (const session of sessions) session?.close()
        const { status } = await ask('/')
        expect({ status, sessions: sessions.size }).to.deep.equal({ status: 200, sessions: 2 })
      },
    )
  })

  it('asks again on a new connection when a GOAWAY refuses the request', async () => {
    let requests = 0
    await withServer(
      (request, response) => {
        requests++
        if (requests === 2) request.stream.session?.goaway(0, 1)
        else response.end('answered')
      },
      async (ask) => {
        await ask('/')
        const { body } = await ask('/')
        expect({ body, requests }).to.deep.equal({ body: 'answered', requests: 3 })
      },
    )
  })

  it('asks again on a new connection when a used one dies under the request', async () => {
    let requests = 0
    await withServer(
      (request, response) => {
        requests++
        if (requests === 2) request.stream.session?.destroy()
        else response.end('answered')
      },
      async (ask) => {
        await ask('/')
        const { body } = await ask('/')
        expect({ body, requests }).to.deep.equal({ body: 'answered', requests: 3 })
      },
    )
  })

  const failures: readonly (readonly [string, string, Handler])[] = [
    [
      'resets the stream',
      'connection',
      (request) => {
        request.stream.close(2)
      },
    ],
    [
      'ends the connection',
      'connection',
      (request) => {
        request.stream.session?.destroy()
      },
    ],
    [
      'ends in the middle of the body',
      'unexpected-answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('half', () => {
          request.stream.session?.destroy()
        })
      },
    ],
  ]
  for (const [what, expected, handler] of failures) {
    it(`says ${expected} where the host ${what}`, async () => {
      const { reason } = await withServer(handler, (ask) => failureOf(ask('/')))
      expect(reason).to.equal(expected)
    })
  }

  it('has no room for endless headers', async () => {
    const endless: Handler = (_request, response) => {
      response.setHeader('a', 'x'.repeat(60_000))
      response.setHeader('b', 'x'.repeat(60_000))
      response.end()
    }
    const { reason } = await withServer(endless, (ask) => failureOf(ask('/', 'HEAD')))
    expect(reason).to.be.oneOf(['connection', 'unexpected-answer'])
  })
})

function answer(body: string): Handler {
  return (_request, response) => {
    response.end(body)
  }
}
