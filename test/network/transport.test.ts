import { expect } from 'chai'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { record, useTransportScene } from './transportScene.ts'

describe('the transport:', () => {
  const { withServer } = useTransportScene()

  describe('the request', () => {
    async function seenBy(headers: Record<string, string>, path = '/v2/'): Promise<IncomingMessage> {
      const seen: IncomingMessage[] = []
      await withServer(record(seen), (ask) => ask(path, 'HEAD', headers))
      const [request] = seen
      if (request === undefined) throw new Error('the server saw no request')
      return request
    }

    it('is made for the path and the query of the URL', async () => {
      const { url } = await seenBy({}, '/token?service=a%20b&scope=x')
      expect(url).to.equal('/token?service=a%20b&scope=x')
    })

    it('carries the headers that it was given', async () => {
      const { headers } = await seenBy({ accept: 'application/json', authorization: 'Bearer x' })
      expect(headers).to.include({ accept: 'application/json', authorization: 'Bearer x' })
    })

    it('says who asks', async () => {
      const { headers } = await seenBy({})
      expect(headers['user-agent']).to.equal('image-proxy-webhook')
    })

    it('asks for no content coding', async () => {
      const { headers } = await seenBy({})
      expect(headers).not.to.have.property('accept-encoding')
    })

    it('sends no user name and password that the URL holds', async () => {
      const seen: IncomingMessage[] = []
      await withServer(record(seen), (_ask, { port }, transport) => {
        const url = new URL(`https://user:secret@registry.test:${port}/`)
        return transport.request({ method: 'HEAD', url, trust: 'configured' })
      })
      expect(seen.map(({ headers }) => headers.authorization)).to.deep.equal([undefined])
    })
  })

  describe('the response', () => {
    it('has the status, the headers and the body', async () => {
      const response = await withServer(
        (_request, response) => response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"errors":[]}'),
        (ask) => ask('/'),
      )
      expect(response).to.deep.include({ status: 404, body: '{"errors":[]}' })
      expect(response.headers['content-type']).to.equal('application/json')
    })

    it('keeps the lines of a header that was sent several times', async () => {
      const lines = ['Bearer realm="https://auth.test/token"', 'Basic realm="x, y"']
      const { headers } = await withServer(
        (_request, response) => response.writeHead(401, { 'WWW-Authenticate': lines }).end(),
        (ask) => ask('/', 'HEAD'),
      )
      expect(headers['www-authenticate']).to.deep.equal(lines)
    })

    it('is the redirect itself', async () => {
      const response = await withServer(
        (request, response) => response.writeHead(request.url === '/' ? 307 : 200, { Location: '/next' }).end(),
        (ask) => ask('/'),
      )
      expect(response).to.deep.include({ status: 307 })
      expect(response.headers['location']).to.equal('/next')
    })

    it('is the final one after interim ones', async () => {
      const response = await withServer(
        (_request, response) => {
          response.writeEarlyHints({ link: '</style.css>; rel=preload' })
          response.writeHead(200).end('final')
        },
        (ask) => ask('/'),
      )
      expect(response).to.deep.include({ status: 200, body: 'final' })
    })

    it('has an empty body for HEAD', async () => {
      const response = await withServer(
        (_request, response) => response.writeHead(200, { 'Content-Length': 1234 }).end(),
        (ask) => ask('/', 'HEAD'),
      )
      expect(response).to.deep.include({ status: 200, body: '' })
    })
  })

  describe('the body', () => {
    const limit = 64 * 1024
    async function bodyOf(length: number) {
      return withServer(
        (_request, response) => response.end('x'.repeat(length)),
        (ask) => ask('/'),
      )
    }

    it('is read whole up to 64 KiB', async () => {
      const { body } = await bodyOf(limit)
      expect(body).to.have.lengthOf(limit)
    })

    it('is cut off after 64 KiB', async () => {
      const { body } = await bodyOf(limit + 1)
      expect(body).to.have.lengthOf(limit)
    })

    it('that never ends is dropped with its connection', async () => {
      const closed = Promise.withResolvers<unknown>()
      const response = await withServer(
        (_request, response) => {
          closed.resolve(once(response, 'close'))
          pourForever(response)
        },
        async (ask) => {
          const response = await ask('/')
          await closed.promise
          return response
        },
      )
      expect(response.body).to.have.lengthOf(limit)
    })
  })
})

function pourForever(response: ServerResponse): void {
  const block = Buffer.alloc(16 * 1024)
  const pour = () => {
    while (!response.destroyed && response.write(block));
  }
  response.on('drain', pour)
  pour()
}
