import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect } from 'chai'
import { createApplication, listenerOf } from '../../src/server/application.ts'
import { createListener, createSecureListener, type Listener } from '../../src/server/listener.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { issueFor } from '../support/servingCertificate.ts'

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('a client that sends requests without waiting for their answers', () => {
  let authority: Authority
  before(async () => {
    authority = await createAuthority()
  })

  const kinds: Readonly<Record<string, (handled: () => void) => Promise<[Listener, (port: number) => Socket]>>> = {
    'the plain port': (handled) =>
      Promise.resolve([createListener(silentHandler(handled)), (port) => connectTcp(port, 'localhost')]),
    'the TLS port': async (handled) => {
      const listener = createSecureListener(silentHandler(handled))
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

  for (const [where, start] of Object.entries(kinds)) {
    it(`is hung up on at ${where}, after a few of a thousand`, async () => {
      let count = 0
      const [listener, connect] = await start(() => count++)
      const socket = connect(await listener.listen(0))
      socket.on('error', () => undefined).resume()
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await once(socket, where === 'the TLS port' ? 'secureConnect' : 'connect')
      socket.write(request.repeat(1000))
      await closed
      await listener.close(0)
      expect(count).to.be.at.most(5)
    })
  }
})
