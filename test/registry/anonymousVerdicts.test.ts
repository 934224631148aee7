import { expect } from 'chai'
import type { AnonymousAccess, VerdictReason } from '../../src/decision/verdict.ts'
import {
  bearer,
  challenge,
  failure,
  html,
  json,
  manifest,
  manifestBody,
  manifestUnknown,
  playing,
  status,
  type Part,
  type Reply,
} from '../support/registry.ts'
import { useScene } from '../support/registryScene.ts'

const digestOnly = status(200, { 'docker-content-digest': `sha256:${'a'.repeat(64)}` })
const portalWithDigest = (digest: string) =>
  status(200, { 'content-type': 'text/html', 'docker-content-digest': digest })
const typeWithCharset = status(200, { 'content-type': 'Application/vnd.OCI.image.index.v1+json; charset=utf-8' })
const dockerV1 = status(200, { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' })
const plainManifest: Reply = { status: 200, headers: { 'content-type': 'text/plain' }, body: manifestBody }
const granted = json(200, { token: 'anonymous-token' })

type Row = readonly [seen: string, part: Part, access: AnonymousAccess, reason: VerdictReason, gets: number]

/** Answers to the HEAD, on a registry that nothing is known of. */
const heads: readonly Row[] = [
  ['200 with a manifest content type', { head: typeWithCharset }, 'public', 'readable', 0],
  ['200 with the content type of an old manifest', { head: dockerV1 }, 'public', 'readable', 0],
  ['200 with a digest header', { head: digestOnly }, 'public', 'readable', 0],
  ['200 with HTML and a digest', { head: portalWithDigest(`sha256:${'a'.repeat(64)}`) }, 'public', 'readable', 0],
  ['200 with an empty digest', { head: portalWithDigest(''), get: html(200) }, 'unknown', 'unexpected-answer', 1],
  ['200 with half a digest', { head: portalWithDigest('sha256:'), get: html(200) }, 'unknown', 'unexpected-answer', 1],
  [
    '200 with a digest that is none',
    { head: portalWithDigest('d41d8cd98f00b204'), get: portalWithDigest('sha256:none') },
    'unknown',
    'unexpected-answer',
    1,
  ],
  ['200 otherwise, and the GET a manifest', { head: html(200), get: plainManifest }, 'public', 'readable', 1],
  ['200 otherwise, and the GET a portal', { head: html(200), get: html(200) }, 'unknown', 'unexpected-answer', 1],
  ['200 otherwise, and the GET other JSON', { head: html(200), get: json(200, {}) }, 'unknown', 'unexpected-answer', 1],
  [
    '200 otherwise, and the GET too long',
    { head: html(200), get: json(200, 'x'.repeat(70_000)) },
    'unknown',
    'unexpected-answer',
    1,
  ],
  ['401 without a challenge', { head: status(401) }, 'private', 'unauthorized', 0],
  ['401 with Basic', { head: challenge('Basic realm="r"') }, 'private', 'unauthorized', 0],
  ['401 with a scheme of its own', { head: challenge('Negotiate') }, 'private', 'unauthorized', 0],
  ['401 with Bearer without a realm', { head: challenge('Bearer service="s"') }, 'private', 'unauthorized', 0],
  ['403, DENIED', { head: status(403), get: failure(403, 'DENIED') }, 'private', 'denied', 1],
  ['403, UNAUTHORIZED', { head: status(403), get: failure(403, 'UNAUTHORIZED') }, 'private', 'denied', 1],
  ['403, another code', { head: status(403), get: failure(403, 'TOOMANYREQUESTS') }, 'unknown', 'forbidden', 1],
  ['403, HTML', { head: status(403), get: html(403) }, 'unknown', 'forbidden', 1],
  ['403, and the GET a manifest', { head: status(403), get: manifest }, 'public', 'readable', 1],
  ['404, and the GET too', { head: status(404), get: manifestUnknown }, 'missing', 'not-found', 1],
  ['404, and the GET a manifest', { head: status(404), get: manifest }, 'public', 'readable', 1],
  ['404, and the GET 401', { head: status(404), get: challenge('Basic realm="r"') }, 'private', 'unauthorized', 1],
  ['404, and the GET fails', { head: status(404), get: status(502) }, 'unknown', 'server-error', 1],
  ['404, and the GET has no answer in time', { head: status(404), get: 'hang' }, 'unknown', 'timeout', 1],
  ['405, and the GET a manifest', { head: status(405), get: manifest }, 'public', 'readable', 1],
  ['405, and the GET too', { head: status(405), get: status(405) }, 'unknown', 'unexpected-answer', 1],
  ['501, and the GET a manifest', { head: status(501), get: manifest }, 'public', 'readable', 1],
  ['501, and the GET 404', { head: status(501), get: manifestUnknown }, 'missing', 'not-found', 1],
  ['400, and the GET DENIED', { head: status(400), get: failure(403, 'DENIED') }, 'private', 'denied', 1],
  ['418, and the GET too', { head: status(418), get: status(418) }, 'unknown', 'unexpected-answer', 1],
  ['408', { head: status(408) }, 'unknown', 'server-error', 0],
  ['429', { head: status(429) }, 'unknown', 'rate-limited', 0],
  ['500', { head: status(500) }, 'unknown', 'server-error', 0],
  ['503', { head: status(503) }, 'unknown', 'server-error', 0],
  ['204', { head: status(204) }, 'unknown', 'unexpected-answer', 0],
  ['304', { head: status(304) }, 'unknown', 'unexpected-answer', 0],
  ['a redirect without Location', { head: status(307) }, 'unknown', 'bad-redirect', 0],
  ['no answer in time', { head: 'hang' }, 'unknown', 'timeout', 0],
  ['a connection that is closed', { head: 'reset' }, 'unknown', 'connection', 0],
]

/** Answers of the token endpoint. */
const tokens: readonly Row[] = [
  ['401', { token: status(401) }, 'private', 'unauthorized', 0],
  ['401 with a token', { token: json(401, { token: 'a' }), headWithToken: manifest }, 'private', 'unauthorized', 0],
  ['503 with a token', { token: json(503, { token: 'a' }), headWithToken: manifest }, 'unknown', 'server-error', 0],
  ['403, DENIED', { token: failure(403, 'DENIED') }, 'private', 'denied', 0],
  ['403, UNAUTHORIZED', { token: failure(403, 'UNAUTHORIZED') }, 'private', 'denied', 0],
  ['404', { token: html(404) }, 'private', 'denied', 0],
  ['403, another code', { token: failure(403, 'UNSUPPORTED') }, 'unknown', 'forbidden', 0],
  ['403, HTML', { token: html(403) }, 'unknown', 'forbidden', 0],
  ['403, nothing', { token: status(403) }, 'unknown', 'forbidden', 0],
  ['400', { token: status(400) }, 'unknown', 'unexpected-answer', 0],
  ['405', { token: status(405) }, 'unknown', 'unexpected-answer', 0],
  ['429', { token: status(429) }, 'unknown', 'rate-limited', 0],
  ['500', { token: status(500) }, 'unknown', 'server-error', 0],
  ['200 without a token', { token: json(200, { expires_in: 60 }) }, 'unknown', 'no-token', 0],
  ['200 with an empty token', { token: json(200, { token: '' }) }, 'unknown', 'no-token', 0],
  ['200 with a token that is no header', { token: json(200, { token: 'a\r\nb: c' }) }, 'unknown', 'no-token', 0],
  ['200 with HTML', { token: html(200) }, 'unknown', 'no-token', 0],
  ['a redirect', { token: status(302, { location: 'https://other.example/token' }) }, 'unknown', 'bad-redirect', 0],
  ['a connection that is closed', { token: 'reset' }, 'unknown', 'connection', 0],
  [
    'a token, and the HEAD 401',
    { token: granted, headWithToken: challenge('Bearer error="x"') },
    'private',
    'unauthorized',
    0,
  ],
  [
    'a token, and the HEAD 403 DENIED',
    { token: granted, headWithToken: status(403), get: failure(403, 'DENIED') },
    'private',
    'denied',
    1,
  ],
  ['a token, and the HEAD 200', { token: granted, headWithToken: manifest }, 'public', 'readable', 0],
]

/** Docker Hub counts a GET as a pull. */
const hub: readonly Row[] = [
  ['200 otherwise', { head: html(200) }, 'unknown', 'unexpected-answer', 0],
  ['403', { head: status(403) }, 'unknown', 'forbidden', 0],
  ['404', { head: status(404) }, 'missing', 'not-found', 0],
  ['405', { head: status(405) }, 'unknown', 'unexpected-answer', 0],
]

describe('the verdict of the anonymous check', () => {
  const scene = useScene()

  function table(title: string, image: string, domain: string, rows: readonly Row[], more: () => Part = () => ({})) {
    describe(title, () => {
      for (const [seen, part, access, reason, gets] of rows) {
        it(`is ${access} (${reason}) for: ${seen}${gets > 0 ? ' (after one GET)' : ''}`, async () => {
          scene.registry.play(playing({ ...more(), ...part }))
          const lookup = await scene.lookup([domain], {
            check: { timeout: seen.includes('no answer in time') ? 200 : 5000 },
          })

          const verdict = await lookup.ask(image)

          const manifestGets = scene.transcript.filter((line) => line.startsWith('GET manifest')).length
          expect([verdict.access, verdict.reason, manifestGets]).to.deep.equal([access, reason, gets])
        })
      }
    })
  }

  table('by the answer to its HEAD', 'registry.example.com/app:1', 'registry.example.com', heads)
  table('by the answer of the token endpoint', 'registry.example.com/app:1', 'registry.example.com', tokens, () => ({
    head: challenge(bearer(`${scene.registry.url}/token`, { service: 's' })),
  }))
  table('on Docker Hub, where no GET is made', 'acme/app:1', 'docker.io', hub)

  for (const name of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
    it(`finds Docker Hub's images at an endpoint that is configured for ${name}`, async () => {
      scene.registry.play(playing({ head: manifest }))
      const lookup = await scene.lookup([name])

      await lookup.ask('redis:7')

      expect(scene.registry.requests[0]?.path).to.equal('/v2/library/redis/manifests/7')
    })
  }

  it('is unknown where nothing listens', async () => {
    const lookup = await scene.lookup([], { check: { endpoints: { 'registry.example.com': 'https://127.0.0.1:1' } } })

    const { access, reason } = await lookup.ask('registry.example.com/app:1')

    expect([access, reason]).to.deep.equal(['unknown', 'connection'])
  })

  for (const domain of ['1.2.3.4.5', 'registry.example.com:99999']) {
    it(`is unknown where ${domain} is no host that a URL can have`, async () => {
      const lookup = await scene.lookup([])

      const { access, reason } = await lookup.ask(`${domain}/app:1`)

      expect([access, reason]).to.deep.equal(['unknown', 'dns'])
    })
  }
})
