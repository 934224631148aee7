import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An http server of a test, on a free port of 127.0.0.1. */
export interface PlainServer {
  /** With its port: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Sends this text over a connection of its own, and resolves with all that comes back until the connection ends. */
  sendRaw(sent: string): Promise<string>
  close(): Promise<void>
}

/** @param prepare what the server needs beside its listener */
export async function startPlainServer(
  listener: RequestListener,
  { prepare, ...options }: ServerOptions & { readonly prepare?: (server: Server) => void } = {},
): Promise<PlainServer> {
  const server = createServer(options, listener)
  prepare?.(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    sendRaw: (sent) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(sent)
      return text(socket)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
