import { expect } from 'chai'
import { connect, createServer as createTcpServer } from 'node:net'
import { startHttpsServer, startServer } from '../../testbed/httpsServer.ts'
import { failureOf, until, withTransport } from '../support/transports.ts'

import { useTransportScene } from './transportScene.ts'

describe('the transport, when a request is given up,', () => {
  const scene = useTransportScene()

  it('says timeout without asking when that was before', async () => {
    await withTransport({}, async (transport) => {
      const request = { method: 'GET', url: new URL('https://registry.test/'), trust: 'configured' } as const
      const { reason } = await failureOf(transport.request({ ...request, signal: AbortSignal.abort() }))
      expect(reason).to.equal('timeout')
    })
  })

  it('says timeout at once and ends the connection', async () => {
    const controller = new AbortController()
    const server = await startHttpsServer(scene.certificate, () => {
      controller.abort()
    })
    try {
      await withTransport({ ca: scene.authority.certificate, timeout: 60_000 }, async (transport) => {
        const url = new URL(`https://registry.test:${server.port}/`)
        const request = { method: 'GET', url, trust: 'configured', signal: controller.signal } as const
        expect((await failureOf(transport.request(request))).reason).to.equal('timeout')
        await until(() => server.sockets.size === 0)
      })
    } finally {
      await server.close()
    }
  })

  it('sends nothing any more once there is a connection', async () => {
    let requests = 0
    const server = await startHttpsServer(scene.certificate, () => requests++)
    const givenUp = new AbortController()
    const entrance = await startServer(
      createTcpServer((client) => {
        client.pause()
        givenUp.signal.addEventListener('abort', () => {
          const onward = connect(server.port, '127.0.0.1')
          onward.pipe(client).pipe(onward)
        })
        givenUp.abort()
      }),
    )
    try {
      await withTransport({ ca: scene.authority.certificate }, async (transport) => {
        const url = new URL(`https://registry.test:${entrance.port}/`)
        const request = { method: 'GET', url, trust: 'configured', signal: givenUp.signal } as const
        expect((await failureOf(transport.request(request))).reason).to.equal('timeout')
        await until(() => server.accepted === 1 && server.sockets.size === 0)
        expect(requests).to.equal(0)
      })
    } finally {
      await entrance.close()
      await server.close()
    }
  })

  for (const connection of ['new', 'kept']) {
    it(`says connection when the transport is closed under it, on a ${connection} connection`, async () => {
      const asked = Promise.withResolvers<undefined>()
      const server = await startHttpsServer(scene.certificate, (request, response) => {
        if (request.url === '/first') response.end()
        else asked.resolve(undefined)
      })
      try {
        await withTransport({ ca: scene.authority.certificate }, async (transport) => {
          const ask = (path: string) => {
            const url = new URL(path, `https://registry.test:${server.port}`)
            return transport.request({ method: 'GET', url, trust: 'configured' })
          }
          if (connection === 'kept') await ask('/first')
          const failure = failureOf(ask('/second'))
          await asked.promise
          await transport.close()
          const { reason } = await failure
          expect({ reason, accepted: server.accepted }).to.deep.equal({ reason: 'connection', accepted: 1 })
        })
      } finally {
        await server.close()
      }
    })
  }
})
