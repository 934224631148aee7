import { request as httpRequest } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { TransportError } from './errors.ts'

/**
 * Opens a connection to `target` (`host:port`, an IPv6 address in brackets) through an http or https proxy with the
 * CONNECT method (RFC 9110 section 9.3.6). User name and password in the proxy's URL are sent to it.
 * Rejects with a `TransportError` when the proxy does not open the connection within `timeout` milliseconds, and with
 * the error of `node:http` when the proxy cannot be reached.
 */
export function openTunnel(
  proxy: URL,
  target: string,
  { timeout, secureContext }: { timeout: number; secureContext: SecureContext },
): Promise<Socket> {
  const request = httpRequest({
    method: 'CONNECT',
    path: target,
    headers: headersFor(proxy, target),
    createConnection: () => connectToProxy(proxy, secureContext),
  })

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      request.destroy(new TransportError('timeout', 'the proxy took too long'))
    }, timeout)
    request.once('connect', (response, socket, head) => {
      clearTimeout(timer)
      if (response.statusCode === 200) {
        socket.unshift(head)
        resolve(socket)
      } else {
        socket.destroy()
        reject(new TransportError('connection', `the proxy answered ${response.statusCode ?? 'nothing'}`))
      }
    })
    request.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    request.end()
  })
}

function connectToProxy(proxy: URL, secureContext: SecureContext): Socket {
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1')
  if (proxy.protocol === 'http:') return connect({ host, port: Number(proxy.port || 80) })
  return connectTls({ host, port: Number(proxy.port || 443), servername: isIP(host) === 0 ? host : '', secureContext })
}

function headersFor(proxy: URL, target: string): Record<string, string> {
  if (proxy.username === '') return { host: target }
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { host: target, 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}
