import { expect } from 'chai'
import { isPending, type ProxyAccess, type VerdictReason } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import type { LicenseCredentials } from '../../src/registry/verdicts.ts'
import {
  bearer,
  challenge,
  failure,
  html,
  json,
  manifest,
  manifestUnknown,
  playing,
  redirect,
  status,
  type Asked,
  type Part,
  type Reply,
  type ScriptedRegistry,
} from '../support/registry.ts'
import { createClock } from '../support/clock.ts'
import { hour, minute, startScene, type Scene, type SceneOptions } from '../support/registryScene.ts'

const canary = 'license-canary-2f6c1b'

const domain = 'proxy.replicated.com'
const image = `${domain}/proxy/app/quay.io/team/secret:1`
const custom = 'images.vendor.com'
const domains = [domain, custom, 'registry.replicated.com']
const license = licenseOf(canary, 'f1')
const basicLicense = basicOf(canary)
const basicChallenge = challenge('Basic realm="proxy"')
const granted = json(200, { token: 'licensed-token', expires_in: 300 })
const realmHere = challenge(bearer('/token', { service: 's' }))

/** A license that is good for all of the domains. */
function licenseOf(password: string, fingerprint: string): LicenseCredentials {
  return licenseBy(Object.fromEntries(domains.map((domain) => [domain, password])), fingerprint)
}

/** A license with a password for each of some domains. */
function licenseBy(passwords: Readonly<Record<string, string>>, fingerprint = 'f1'): LicenseCredentials {
  const byDomain = new Map(
    Object.entries(passwords).map(([domain, password]) => [domain, { username: 'LICENSE_ID', password }]),
  )
  return { byDomain, fingerprint }
}

function basicOf(password: string): string {
  return `Basic ${Buffer.from(`LICENSE_ID:${password}`).toString('base64')}`
}

interface Row {
  readonly when: string
  readonly part: Part
  readonly image?: string
  readonly access: ProxyAccess
  readonly reason: VerdictReason
  readonly requests: readonly string[]
}

const withBasic = ['HEAD manifest', 'HEAD manifest with credentials']
const withToken = ['HEAD manifest', 'GET token with credentials', 'HEAD manifest with token']

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
  let scene: Scene
  before(async () => {
    scene = await startScene()
  })
  after(() => scene.close())

  function licensed(options: SceneOptions = {}) {
    return scene.lookup(domains, { credentials: () => license, operatorDomains: domains, ...options })
  }

  for (const { when, part, image: asked = image, access, reason, requests } of rows) {
    it(`is ${access} (${reason}) when ${when}`, async () => {
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

  describe('with several domains', () => {
    /** The default domain is at the first registry, the custom one at the other. */
    async function apart(passwords: Readonly<Record<string, string>>) {
      const endpoints = { [domain]: scene.registry.url, [custom]: scene.other.url }
      return licensed({ check: { endpoints }, credentials: () => licenseBy(passwords) })
    }
    const shown = (registry: ScriptedRegistry) =>
      registry.requests.flatMap(({ authorization }) => (authorization?.startsWith('Basic') ? [authorization] : []))

    it('shows each host the credentials of its own entry', async () => {
      for (const registry of [scene.registry, scene.other]) {
        registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
      }
      const lookup = await apart({ [domain]: 'default-password', [custom]: 'custom-password' })
      await lookup.askProxy(image)
      await lookup.askProxy(`${custom}/proxy/app/redis:7`)

      expect([shown(scene.registry), shown(scene.other)]).to.deep.equal([
        [basicOf('default-password')],
        [basicOf('custom-password')],
      ])
    })

    it('shows a realm at another of the domains the credentials of that domain', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)), headWithToken: manifest }))
      scene.other.play(playing({ token: granted }))
      const lookup = await apart({ [domain]: 'default-password', [custom]: 'custom-password' })
      await lookup.askProxy(image)

      expect(shown(scene.other)).to.deep.equal([basicOf('custom-password')])
    })

    it('shows a domain without an entry nothing, where another one redirects to it', async () => {
      scene.registry.play(playing({ head: redirect(`${scene.other.url}/v2/secret/manifests/1`) }))
      scene.other.play(playing({ head: basicChallenge, headWithToken: manifest }))
      const lookup = await apart({ [domain]: 'default-password' })
      const verdict = await lookup.askProxy(image)

      expect([verdict?.reason, shown(scene.other)]).to.deep.equal(['bad-redirect', []])
    })

    it('shows a host its own entry rather than that of a domain for which it stands in', async () => {
      scene.registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
      const lookup = await licensed({
        check: { endpoints: { [domain]: scene.registry.url } },
        credentials: () => licenseBy({ [scene.registry.host]: 'own-password', [domain]: 'default-password' }),
      })
      await lookup.askProxy(image)

      expect(shown(scene.registry)).to.deep.equal([basicOf('own-password')])
    })
  })

  describe('alone sees the license:', () => {
    afterEach(() => {
      expect(scene.other.requests.filter(({ authorization }) => authorization?.startsWith('Basic'))).to.deep.equal([])
    })

    it('a realm on a foreign host is not asked at all', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)) }))
      scene.other.play(playing({ token: granted }))
      const verdict = await (await licensed()).askProxy(image)

      expect([verdict?.access, verdict?.reason, scene.transcript]).to.deep.equal([
        'unknown',
        'bad-realm',
        ['HEAD manifest'],
      ])
    })

    it('a realm on a foreign host is not asked by the next check either', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)) }))
      const lookup = await licensed()
      await lookup.askProxy(image)
      await lookup.askProxy(`${domain}/proxy/app/redis:7`)

      expect(scene.transcript).to.deep.equal(['HEAD manifest', 'HEAD manifest'])
    })

    it('a foreign host that it redirects to gets the request without credentials', async () => {
      scene.registry.play(
        playing({ head: basicChallenge, headWithToken: redirect(`${scene.other.url}/v2/blob/manifests/1`) }),
      )
      scene.other.play(playing({ head: manifest }))
      const verdict = await (await licensed()).askProxy(image)

      expect([verdict?.access, scene.transcript.at(-1)]).to.deep.equal(['served', 'other: HEAD manifest'])
    })

    it('a foreign host that it redirects to gets no credentials when it asks for them either', async () => {
      for (const requirement of [basicChallenge, challenge(bearer('/token'))]) {
        scene.registry.play(playing({ head: redirect(`${scene.other.url}/v2/blob/manifests/1`) }))
        scene.other.play(playing({ head: requirement, token: granted, headWithToken: manifest }))
        const verdict = await (await licensed()).askProxy(image)

        expect([verdict?.access, verdict?.reason]).to.deep.equal(['unknown', 'bad-redirect'])
        expect(scene.transcript.at(-1)).to.equal('other: HEAD manifest')
      }
    })

    it('the anonymous check of an image on the proxy itself does not show it', async () => {
      scene.registry.play(playing({ head: basicChallenge }))
      await (await licensed()).ask(image)

      expect(scene.registry.requests.map(({ authorization }) => authorization)).to.deep.equal([undefined])
    })

    it('an image’s own registry gets no credentials', async () => {
      scene.registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
      scene.other.play(playing({ head: basicChallenge }))
      const lookup = await licensed({
        check: { endpoints: { [domain]: scene.registry.url, 'quay.io': scene.other.url } },
      })
      await lookup.askProxy(image)
      await lookup.ask('quay.io/team/secret:1')

      expect(scene.transcript).to.deep.equal([...withBasic, 'other: HEAD manifest'])
    })

    it('an observer hears nothing of it, nor of a token', async () => {
      const heard: unknown[] = []
      const hear = (event: unknown) => heard.push(event)
      scene.registry.play(
        playing({ head: realmHere, token: granted, headWithToken: redirect('/v2/x?token=licensed-token') }),
      )
      const lookup = await licensed({ observer: { request: hear, check: hear, host: hear, cache: hear, fault: hear } })
      await lookup.askProxy(image)
      const told = JSON.stringify(heard)

      expect(heard).to.not.be.empty
      for (const secret of [canary, basicLicense.slice(6), 'licensed-token']) expect(told).to.not.include(secret)
    })
  })

  describe('that is asked too often for one registry', () => {
    const tooMany: Reply = { status: 429, headers: { 'retry-after': '900' } }
    const quay = `${domain}/proxy/app/quay.io/team/app:1`
    const ghcr = `${domain}/proxy/app/ghcr.io/team/app:1`

    it('is still asked for the images of others', async () => {
      scene.registry.play(({ path }) => (path.includes('quay.io') ? tooMany : manifest))
      const lookup = await licensed()
      const limited = await lookup.askProxy(quay, 'quay.io/team/app:1')
      const other = await lookup.askProxy(ghcr, 'ghcr.io/team/app:1')

      expect([limited?.reason, other?.access]).to.deep.equal(['rate-limited', 'served'])
    })

    it('is not asked for another image of the same', async () => {
      scene.registry.play(() => tooMany)
      const lookup = await licensed()
      await lookup.askProxy(quay, 'quay.io/team/app:1')
      const before = scene.transcript.length
      const verdict = await lookup.askProxy(`${domain}/proxy/app/quay.io/team/other:1`, 'quay.io/team/other:1')

      expect([verdict?.reason, scene.transcript.length]).to.deep.equal(['rate-limited', before])
    })

    it('is asked again after a minute at the latest', async () => {
      const clock = createClock()
      scene.registry.play(() => tooMany)
      const lookup = await licensed({ now: clock.now })
      await lookup.askProxy(quay, 'quay.io/team/app:1')
      clock.advance(60_000)
      scene.registry.play(() => manifest)

      expect(await lookup.askProxy(quay, 'quay.io/team/app:1')).to.include({ access: 'served' })
    })
  })

  describe('that has refused a repository', () => {
    const other = image.replace(':1', ':2')
    const refuse = () => status(404)
    const fail = () => status(503)

    it('has refused it also where it cannot answer now', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(fail)

      expect(await lookup.askProxy(other)).to.include({ access: 'refused' })
    })

    it('has refused it also for whoever cannot wait for its answer', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(() => 'hang')
      const answer = lookup.proxy(parseReference(other), { namespace: '' })

      expect(answer).to.have.nested.property('meanwhile.access', 'refused')
    })

    it('has not refused it any more once it serves it', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(() => manifest)
      await lookup.askProxy(other)
      scene.registry.play(fail)

      expect(await lookup.askProxy(image.replace(':1', ':3'))).to.include({ access: 'unknown' })
    })

    it('has refused no other repository', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(fail)

      expect(await lookup.askProxy(image.replace('secret', 'another'))).to.include({ access: 'unknown' })
    })

    it('has not refused it to another license', async () => {
      let current = license
      scene.registry.play(refuse)
      const lookup = await licensed({ credentials: () => current })
      await lookup.askProxy(image)
      current = licenseOf('renewed', 'f2')
      scene.registry.play(fail)

      expect(await lookup.askProxy(other)).to.include({ access: 'unknown' })
    })

    it('has refused it for a day', async () => {
      const clock = createClock()
      scene.registry.play(refuse)
      const lookup = await licensed({ now: clock.now })
      await lookup.askProxy(image)
      scene.registry.play(fail)
      clock.advance(24 * hour - 1)
      const before = await lookup.askProxy(other)
      clock.advance(minute)
      const after = await lookup.askProxy(image.replace(':1', ':3'))

      expect([before?.access, after?.access]).to.deep.equal(['refused', 'unknown'])
    })
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
