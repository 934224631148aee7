import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect } from 'chai'
import { createApplication, listenerOf, type Handler } from '../../src/server/application.ts'
import { createListener, createSecureListener, type Listener } from '../../src/server/listener.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { issueFor } from '../support/servingCertificate.ts'

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('a client that sends requests without waiting for their answers', () => {
  let authority: Authority
  before(async () => {
    authority = await createAuthority()
  })

  const kinds: Readonly<Record<string, (handler: Handler) => Promise<[Listener, (port: number) => Socket]>>> = {
    'the plain port': (handler) => Promise.resolve([createListener(handler), (port) => connectTcp(port, 'localhost')]),
    'the TLS port': async (handler) => {
      const listener = createSecureListener(handler)
      listener.use(await issueFor(authority))
      return [listener, (port) => connectTls({ port, host: 'localhost', ca: authority.certificate })]
    },
  }
  /** Never answers. */
  function silentHandler(handled: () => void) {
    const app = createApplication()
    app.use(handled)
    return listenerOf(app)
  }
  /** Answers at once, and is told of each request that was parsed. */
  function quickHandler(parsed: () => void): Handler {
    class CountedRequest extends IncomingMessage {
      constructor(socket: Socket) {
        super(socket)
        parsed()
      }
    }
    const answer = (_: IncomingMessage, response: ServerResponse) => response.end('{}')
    return Object.assign(answer, { messages: { IncomingMessage: CountedRequest, ServerResponse } })
  }

  for (const [where, start] of Object.entries(kinds)) {
    /** Sends a thousand requests at once, and waits for the end of the connection. */
    async function send(handler: Handler): Promise<void> {
      const [listener, connect] = await start(handler)
      const socket = connect(await listener.listen(0))
      socket.on('error', () => undefined).resume()
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await once(socket, where === 'the TLS port' ? 'secureConnect' : 'connect')
      socket.write(request.repeat(1000))
      await closed
      await listener.close(0)
    }

    it(`is hung up on at ${where}, after a few of a thousand`, async () => {
      let count = 0
      await send(silentHandler(() => count++))
      expect(count).to.be.at.most(5)
    })

    it(`has no more than a few of a thousand parsed at ${where}, also where they are answered at once`, async () => {
      let count = 0
      await send(quickHandler(() => count++))
      expect(count).to.be.at.most(6)
    })
  }
})
