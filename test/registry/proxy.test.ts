import { expect } from 'chai'
import { isPending, type ProxyAccess, type VerdictReason } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import {
  canary,
  domain,
  image,
  custom,
  domains,
  license,
  basicLicense,
  basicChallenge,
  granted,
  realmHere,
  licenseOf,
  licenseBy,
  withBasic,
  withToken,
  useLicensedProxy,
} from '../support/licensedProxy.ts'
import {
  challenge,
  failure,
  html,
  manifest,
  manifestUnknown,
  playing,
  status,
  type Asked,
  type Part,
  type Reply,
} from '../support/registry.ts'
import { type SceneOptions } from '../support/registryScene.ts'

interface Row {
  readonly when: string
  readonly part: Part
  readonly image?: string
  readonly access: ProxyAccess
  readonly reason: VerdictReason
  readonly requests: readonly string[]
}

const rows: readonly Row[] = [
  row('the manifest is there', { head: basicChallenge, headWithToken: manifest }, 'served', 'readable', withBasic),
  row(
    'the credentials are refused',
    { head: basicChallenge, headWithToken: basicChallenge },
    'refused',
    'unauthorized',
    withBasic,
  ),
  row('they do not suffice', { head: basicChallenge, headWithToken: status(403) }, 'refused', 'denied', withBasic),
  row('it finds nothing', { head: basicChallenge, headWithToken: manifestUnknown }, 'refused', 'not-found', withBasic),
  row('it fails', { head: basicChallenge, headWithToken: status(502) }, 'unknown', 'server-error', withBasic),
  row(
    'a token leads to the manifest',
    { head: realmHere, token: granted, headWithToken: manifest },
    'served',
    'readable',
    withToken,
  ),
  row(
    'the token is refused',
    { head: realmHere, token: granted, headWithToken: realmHere },
    'refused',
    'unauthorized',
    withToken,
  ),
  row(
    'the token does not suffice',
    { head: realmHere, token: granted, headWithToken: status(403) },
    'refused',
    'denied',
    withToken,
  ),
  row(
    'the token leads to nothing',
    { head: realmHere, token: granted, headWithToken: manifestUnknown },
    'refused',
    'not-found',
    withToken,
  ),
  row(
    'no token is given (401)',
    { head: realmHere, token: status(401) },
    'refused',
    'unauthorized',
    withToken.slice(0, 2),
  ),
  row('no token is given (403)', { head: realmHere, token: html(403) }, 'refused', 'denied', withToken.slice(0, 2)),
  row(
    'its token endpoint finds nothing',
    { head: realmHere, token: status(404) },
    'refused',
    'not-found',
    withToken.slice(0, 2),
  ),
  row(
    'its token endpoint fails',
    { head: realmHere, token: status(500) },
    'unknown',
    'server-error',
    withToken.slice(0, 2),
  ),
  row('it limits the rate', { head: status(429) }, 'unknown', 'rate-limited', ['HEAD manifest']),
  row(
    'it closes the door before it asks for credentials',
    { head: status(403), get: html(403) },
    'unknown',
    'forbidden',
    ['HEAD manifest', 'GET manifest'],
  ),
  row('it wants something else', { head: challenge('Negotiate') }, 'unknown', 'unexpected-answer', ['HEAD manifest']),
  row('it asks for nothing', { head: manifest }, 'served', 'readable', ['HEAD manifest']),
  row('it is a portal', { head: html(200), get: html(200) }, 'unknown', 'unexpected-answer', [
    'HEAD manifest',
    'GET manifest',
  ]),
  {
    ...row(
      'a custom one says 404 to a HEAD and finds the manifest by GET',
      { head: basicChallenge, headWithToken: status(404), get: manifest },
      'served',
      'readable',
      [...withBasic, 'GET manifest with credentials'],
    ),
    image: `${custom}/proxy/app/quay.io/team/secret:1`,
  },
  {
    ...row(
      'the replicated registry finds nothing',
      { head: basicChallenge, headWithToken: manifestUnknown },
      'refused',
      'not-found',
      withBasic,
    ),
    image: 'registry.replicated.com/app/worker:1',
  },
]

function row(when: string, part: Part, access: ProxyAccess, reason: VerdictReason, requests: readonly string[]): Row {
  return { when, part, access, reason, requests }
}

describe('the proxy', () => {
  const { scene, licensed } = useLicensedProxy()

  for (const { when, part, image: asked = image, access, reason, requests } of rows) {
    it(`is taken to say ${access} (${reason}) when ${when}`, async () => {
      scene.registry.play(playing(part))
      const verdict = await (await licensed()).askProxy(asked)

      expect([verdict?.access, verdict?.reason, scene.transcript]).to.deep.equal([access, reason, requests])
    })
  }

  describe('is not asked', () => {
    const cases: readonly (readonly [string, string, SceneOptions])[] = [
      ['without credentials', image, { credentials: () => undefined }],
      [
        'for a domain that has none of them',
        'registry.replicated.com/app/api:1',
        { credentials: () => licenseBy({ [domain]: canary }) },
      ],
      ['for a reference that is on another domain', 'quay.io/team/secret:1', {}],
      ['for a domain with a port of its own', `${domain}:443/proxy/app/redis`, {}],
    ]
    for (const [title, asked, options] of cases) {
      it(title, async () => {
        const lookup = await licensed(options)

        expect(lookup.proxy(parseReference(asked), { namespace: '' })).to.equal(undefined)
      })
    }
  })

  it('is asked for a token with the pull scope of the rewritten path', async () => {
    scene.registry.play(playing({ head: realmHere, token: granted, headWithToken: manifest }))
    await (await licensed()).askProxy(image)

    expect(scene.registry.requests[1]?.query.getAll('scope')).to.deep.equal([
      'repository:proxy/app/quay.io/team/secret:pull',
    ])
  })

  it('is shown the credentials at once when it has asked for them before', async () => {
    scene.registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
    const lookup = await licensed()
    await lookup.askProxy(image)
    const before = scene.transcript.length
    await lookup.askProxy(`${domain}/proxy/app/redis:7`)

    expect(scene.transcript.slice(before)).to.deep.equal(['HEAD manifest with credentials'])
  })

  it('refuses credentials that it was shown at once, and is not shown them again', async () => {
    scene.registry.play(({ path, authorization }) =>
      authorization === undefined || path.includes('secret') ? basicChallenge : manifest,
    )
    const lookup = await licensed()
    await lookup.askProxy(`${domain}/proxy/app/redis:7`)
    const before = scene.transcript.length
    const verdict = await lookup.askProxy(image)

    expect([verdict?.access, scene.transcript.slice(before)]).to.deep.equal([
      'refused',
      ['HEAD manifest with credentials'],
    ])
  })

  it('is asked once for fifty Pods, and its answer is remembered', async () => {
    scene.registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
    const lookup = await licensed()
    await Promise.all(Array.from({ length: 50 }, () => lookup.askProxy(image)))
    const known = lookup.proxy(parseReference(image), { namespace: '' })

    expect([known !== undefined && isPending(known), scene.transcript]).to.deep.equal([false, withBasic])
  })

  it('is asked afresh with a new license, tokens included', async () => {
    scene.registry.play(({ path, authorization }: Asked): Reply => {
      if (path === '/token') return authorization === basicLicense ? failure(401, 'UNAUTHORIZED') : granted
      return authorization === undefined ? realmHere : manifest
    })
    let current = license
    const lookup = await licensed({ credentials: () => current })
    const before = await lookup.askProxy(image)
    current = licenseOf('renewed', 'f2')
    const after = await lookup.askProxy(image)

    expect([before?.access, after?.access]).to.deep.equal(['refused', 'served'])
  })

  it('is asked although every check of a registry is held by silence', async () => {
    scene.registry.play(({ path }) => (path.includes('/proxy/app/') ? manifest : 'hang'))
    const lookup = await scene.lookup([domain, 'quay.io'], {
      check: { concurrency: 2, perHost: 2, timeout: 10_000 },
      credentials: () => license,
      operatorDomains: domains,
    })
    for (let index = 0; index < 20; index++) void lookup.ask(`quay.io/lost/app:${index}`)

    expect(await lookup.askProxy(image)).to.include({ access: 'served' })
  })
})
