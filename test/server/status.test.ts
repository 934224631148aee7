import { expect } from 'chai'
import { createStatus } from '../../src/server/status.ts'
import { startPlainServer, type PlainServer } from '../support/plainServer.ts'

describe('The plain port', () => {
  let server: PlainServer
  let fault: string | undefined
  let failsToCount: boolean
  let written: number

  before(async () => {
    const status = createStatus({
      live: [{ name: 'process', fault: () => undefined }],
      ready: [{ name: 'license', fault: () => fault }],
      metrics: {
        contentType: 'text/plain; version=0.0.4',
        text: async () => {
          written++
          await new Promise((resolve) => setTimeout(resolve, 50))
          if (failsToCount) throw new Error('no metrics')
          return 'a_metric 1\n'
        },
      },
    })
    server = await startPlainServer(status)
  })
  beforeEach(() => {
    fault = undefined
    failsToCount = false
    written = 0
  })
  after(() => server.close())

  async function get(path: string, options: RequestInit = {}) {
    const response = await fetch(server.url + path, options)
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }

  it('writes the metrics out once for all who ask meanwhile', async () => {
    await Promise.all(Array.from({ length: 3 }, () => get('/metrics')))
    expect(written).to.be.lessThan(3)
  })

  it('is ready with 200 while every check of readiness holds', async () => {
    expect(await get('/readyz')).to.include({ status: 200, text: 'ok\n' })
  })

  it('is not ready with 503 while a check of readiness fails, and stays alive', async () => {
    fault = 'the license file is empty'
    expect(await get('/readyz')).to.include({
      status: 503,
      text: '[-]license failed: the license file is empty\nreadyz check failed\n',
    })
    expect(await get('/livez')).to.include({ status: 200 })
  })

  it('tells each check to a query of "verbose"', async () => {
    expect((await get('/livez?verbose')).text).to.equal('[+]process ok\nlivez check passed\n')
  })

  it('serves the metrics with their own content type', async () => {
    const { status, type, text } = await get('/metrics')
    expect([status, text]).to.deep.equal([200, 'a_metric 1\n'])
    expect(type).to.match(/^text\/plain; version=0\.0\.4/)
  })

  it('answers with 500 and JSON where the metrics cannot be told', async () => {
    failsToCount = true
    expect(await get('/metrics')).to.deep.equal({
      status: 500,
      type: 'application/json',
      text: '{"error":"an internal error"}',
    })
  })

  it('says which paths there are to whoever asks for another one', async () => {
    expect(await get('/mutate')).to.include({
      status: 404,
      text: '{"error":"expected /livez, /readyz or /metrics"}',
    })
  })
})
