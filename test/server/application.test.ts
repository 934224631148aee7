import { expect } from 'chai'
import { createApplication, listenerOf } from '../../src/server/application.ts'
import { startPlainServer, type PlainServer } from '../support/plainServer.ts'

describe('An application of the server', () => {
  let server: PlainServer

  before(async () => {
    const app = createApplication()
    app.get('/here', (_request, response) => {
      response.send('ok')
    })
    app.get('/throws', () => {
      throw new Error('a secret of the program')
    })
    app.get('/throws-late', (_request, response) => {
      response.write('the beginning')
      throw new Error('a secret of the program')
    })
    app.get('/named/:name', (_request, response) => {
      response.send('ok')
    })
    const listener = listenerOf(app)
    server = await startPlainServer(listener, listener.messages ?? {})
  })
  after(() => server.close())

  const statusOf = async (path: string) => (await fetch(server.url + path)).status

  it('has strict and case-sensitive paths', async () => {
    expect(await Promise.all(['/here', '/here/', '/HERE'].map(statusOf))).to.deep.equal([200, 400, 400])
  })

  it('names neither Express nor an ETag', async () => {
    const { headers } = await fetch(`${server.url}/here`)
    expect([headers.get('x-powered-by'), headers.get('etag')]).to.deep.equal([null, null])
  })

  it('answers with 500 and no word of the error where a handler throws', async () => {
    const response = await fetch(`${server.url}/throws`)
    expect([response.status, await response.json()]).to.deep.equal([500, { error: 'an internal error' }])
  })

  it('breaks the connection where a handler throws after it has begun to answer', async () => {
    const raw = await server.sendRaw('GET /throws-late HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(raw).not.to.include('an internal error')
  })

  it('answers with 400 and JSON where a part of the URL cannot be decoded', async () => {
    const response = await fetch(`${server.url}/named/%zz`)
    expect([response.status, await response.json()]).to.deep.equal([400, { error: 'the URL cannot be decoded' }])
  })

  it('answers with 400 and JSON where the URL cannot be parsed', async () => {
    const raw = await server.sendRaw('GET http://[::1/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(raw).to.match(/^HTTP\/1\.1 400 .*\{"error":"the URL cannot be parsed"\}$/s)
  })
})
