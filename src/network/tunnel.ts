import { request as httpRequest } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { TransportError } from './errors.ts'

/** Opens a TCP connection to a host, an IPv6 address without brackets. */
export type Reach = (hostname: string, port: number) => Promise<Socket>

/**
 * Opens a connection to `target` (`host:port`, an IPv6 address in brackets) through an http or https proxy with the
 * CONNECT method (RFC 9110 section 9.3.6). User name and password in the proxy's URL are sent to it.
 * Rejects with a `TransportError` when the proxy does not open the connection before the signal ends it, and with the
 * error of `reach` or `node:http` when the proxy cannot be reached.
 */
export async function openTunnel(
  proxy: URL,
  target: string,
  { reach, secureContext, signal }: { reach: Reach; secureContext: SecureContext; signal: AbortSignal },
): Promise<Socket> {
  const connection = await connectToProxy(proxy, reach, secureContext)
  const request = httpRequest({
    method: 'CONNECT',
    path: target,
    headers: headersFor(proxy, target),
    createConnection: () => connection,
  })

  return new Promise((resolve, reject) => {
    const giveUp = () => {
      request.destroy(new TransportError('timeout', 'the proxy took too long'))
    }
    const settle = () => {
      signal.removeEventListener('abort', giveUp)
    }
    request.once('connect', (response, socket, head) => {
      settle()
      if (response.statusCode === 200) {
        socket.unshift(head)
        resolve(socket)
      } else {
        socket.destroy()
        reject(new TransportError('connection', `the proxy answered ${response.statusCode ?? 'nothing'}`))
      }
    })
    request.once('error', (error) => {
      settle()
      reject(error)
    })
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    request.end()
  })
}

async function connectToProxy(proxy: URL, reach: Reach, secureContext: SecureContext): Promise<Duplex> {
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1')
  if (proxy.protocol === 'http:') return reach(host, Number(proxy.port || 80))
  const socket = await reach(host, Number(proxy.port || 443))
  return connectTls({ socket, host, servername: isIP(host) === 0 ? host : '', secureContext })
}

function headersFor(proxy: URL, target: string): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return { host: target }
  const credentials = percentDecoded(`${proxy.username}:${proxy.password}`)
  return { host: target, 'proxy-authorization': `Basic ${credentials.toString('base64')}` }
}

/** Bytes that need not be UTF-8, which `decodeURIComponent` would insist on. */
function percentDecoded(text: string): Buffer {
  const bytes = text.replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1')
}
