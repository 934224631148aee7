import { once } from 'node:events'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { createSecureListener, type SecureListener } from '../../src/server/listener.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { issueFor } from '../support/servingCertificate.ts'

describe('a client that sends each byte in a TLS record of its own', () => {
  let authority: Authority
  let listener: SecureListener
  let port: number
  before(async () => {
    authority = await createAuthority()
    listener = createSecureListener((request, response) => {
      request.resume().on('end', () => response.end('{}'))
    })
    listener.use(await issueFor(authority))
    port = await listener.listen(0)
  })
  after(() => listener.close(0))

  /** Posts a body of so many bytes. @returns how many were sent before the connection ended */
  async function post(bytes: number): Promise<number> {
    const socket = connect({ port, host: 'localhost', ca: authority.certificate })
    socket.on('error', () => undefined).resume()
    await once(socket, 'secureConnect')
    // A write that waits for the one before it is a record of its own.
    const write = (text: string) => new Promise((resolve) => socket.write(text, resolve))
    await write(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n`)
    let sent = 0
    while (sent < bytes && !socket.destroyed) {
      await write('x')
      sent++
    }
    if (!socket.destroyed) await once(socket, 'close')
    return sent
  }

  it('is hung up on before it has sent 100 000', async () => {
    expect(await post(100_000)).to.be.below(100_000)
  })
  it('is answered where there are not many', async () => {
    expect(await post(1000)).to.equal(1000)
  })
})
