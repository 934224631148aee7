import type { IncomingMessage } from 'node:http'

/** Printable ASCII without `#`: with anything else Express's parser turns to `url.parse`, which Node.js warns of. */
const path = /^\/[!-"$-~]*$/

/**
 * Why a request is no proper one (RFC 9112 section 3.2), if so. Node.js itself would answer without a body. Of a URL with a
 * host, which a server has to accept, the path is left.
 */
export function faultOf(request: IncomingMessage): string | undefined {
  const { url = '', headers, httpVersion } = request
  if (!path.test(url)) {
    const parsed = URL.parse(url)
    if (parsed === null || !path.test(parsed.pathname)) return 'the URL cannot be parsed'
    request.url = parsed.pathname + parsed.search
  }
  return headers.host === undefined && httpVersion === '1.1' ? 'the request names no host' : undefined
}

/** Whether a body comes with it, as the headers say. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
