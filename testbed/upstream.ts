import { request as httpsRequest } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** How the vendor's side of the proxy reaches a registry: it never leaves that side. */
export interface Link {
  /** `https://HOST:PORT` */
  readonly url: string
  readonly username?: string
  readonly password?: string
  /** PEM of a further CA. */
  readonly ca?: string
}

/**
 * Sends one request of a pull to a vendor's registry, logs in as that asks for it (Bearer or Basic), and returns the
 * answer with its body unread. Rejects where the registry does not answer.
 */
export async function pull(
  link: Link,
  method: string,
  path: string,
  accept: string | undefined,
): Promise<IncomingMessage> {
  const headers = accept === undefined ? {} : { accept }
  const first = await send(link, method, new URL(path, link.url), headers)
  const challenge = first.headers['www-authenticate']
  if (first.statusCode !== 401 || challenge === undefined) return first
  first.resume()
  const authorization = await logIn(link, challenge)
  return send(
    link,
    method,
    new URL(path, link.url),
    authorization === undefined ? headers : { ...headers, authorization },
  )
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function logIn(link: Link, challenge: string): Promise<string | undefined> {
  const credentials = link.username === undefined ? undefined : basic(link.username, link.password ?? '')
  if (/^basic\b/i.test(challenge)) return credentials

  const { realm = '', ...query } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const url = new URL(realm, link.url)
  for (const [name, value] of Object.entries(query)) if (name !== 'error') url.searchParams.append(name, value)
  const answer = await send(link, 'GET', url, credentials === undefined ? {} : { authorization: credentials })
  const { token, access_token: accessToken } = JSON.parse(await textOf(answer)) as Record<string, string | undefined>
  return `Bearer ${token ?? accessToken ?? ''}`
}

function send({ ca }: Link, method: string, url: URL, headers: IncomingHttpHeaders): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? {} : { ca }
    httpsRequest(url, { method, headers, agent: false, ...trust }, resolve)
      .on('error', reject)
      .end()
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
  return text
}
