import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { startServer } from '../../testbed/httpsServer.ts'
import { handler } from '../support/admission.ts'
import { podReview } from '../support/podReviews.ts'
import { bearer, challenge, json, manifest, playing } from '../support/registry.ts'
import { useScene, type SceneLookup } from '../support/registryScene.ts'
import { startSilentListener } from '../support/silentListener.ts'

/** Milliseconds that the proxy takes for each of three requests. */
const latency = 150
/** More than the checks that one namespace may have under way. */
const crowded = Array.from({ length: 40 }, (_, index) => `firewalled-${index}.example.com`)
/** Of repositories of their own, asked for one after the other while a silent registry is checked: a busy machine delays one or two. */
const next = ['quay.io/team/next:1', 'quay.io/team/one-more:1', 'quay.io/team/another:1']
const license = { username: 'LICENSE_ID', password: 'the-license' }

const silences = {
  'takes connections and says nothing': async () => {
    const { host, close } = await startServer(createServer())
    return { port: Number(host.split(':')[1]), close }
  },
  'drops connections, as a firewall does': () => startSilentListener('127.0.0.1'),
}

for (const [does, start] of Object.entries(silences)) {
  describe(`a cluster whose registry ${does}, with a proxy that answers after ${latency} ms`, function () {
    this.timeout(20_000)
    const scene = useScene()
    let registry: Awaited<ReturnType<typeof start>>
    let verdicts: SceneLookup
    let admit: ReturnType<typeof handler>

    before(async () => {
      registry = await start()
    })
    after(() => registry.close())
    beforeEach(async () => {
      const atProxy = playing({
        head: challenge(bearer('/token')),
        token: json(200, { token: 'granted', expires_in: 300 }),
        headWithToken: manifest,
      })
      scene.registry.play(async (asked) => {
        await pause(latency)
        return atProxy(asked)
      })
      const url = `https://127.0.0.1:${registry.port}`
      verdicts = await scene.lookup(['proxy.replicated.com'], {
        check: { endpoints: Object.fromEntries(['quay.io', ...crowded].map((host) => [host, url])), timeout: 2000 },
        operatorDomains: ['proxy.replicated.com'],
        credentials: () => ({ byDomain: new Map([['proxy.replicated.com', license]]), fingerprint: 'f1' }),
      })
      admit = handler({ admission: { verdicts } })
    })

    const images = Array.from({ length: 50 }, (_, index) => `quay.io/team/service-${index}:1`)
    /** How many of a Pod's images are rewritten. */
    const rewritten = async (of: readonly string[]) =>
      (await admit(podReview(of))).patch.filter(({ path }) => path.endsWith('/image')).length

    /** How many images of each Pod are rewritten, and the fewest milliseconds that one of these Pods waits. */
    async function oneByOne(pods: readonly string[]): Promise<{ counts: number[]; fastest: number }> {
      const counts: number[] = []
      let fastest = Infinity
      for (const image of pods) {
        const started = performance.now()
        counts.push(await rewritten([image]))
        fastest = Math.min(fastest, performance.now() - started)
      }
      return { counts, fastest }
    }

    it('has none of 50 images left alone in 50 Pods', async () => {
      const counts = await Promise.all(images.map((image) => rewritten([image])))

      expect(counts).to.deep.equal(images.map(() => 1))
    })

    it('has none of 50 images left alone in one Pod', async () => {
      expect(await rewritten(images)).to.equal(50)
    })

    it('has the next image admitted in the time of the proxy once the registry is known to be silent', async () => {
      await rewritten(['quay.io/team/first:1'])
      await verdicts.ask('quay.io/team/first:1')
      const { counts, fastest } = await oneByOne(next)

      expect([counts, fastest < 3 * latency + 100]).to.deep.equal([[1, 1, 1], true])
    })

    it('has the next image admitted as fast while registries of the kind hold all the slots that it may have', async () => {
      await rewritten(['quay.io/team/first:1'])
      await verdicts.ask('quay.io/team/first:1')
      const crowd = crowded.map((host) => rewritten([`${host}/team/app:1`]))
      await pause(100)
      const { counts, fastest } = await oneByOne(next)
      await Promise.all(crowd)

      expect([counts, fastest < 3 * latency + 100]).to.deep.equal([[1, 1, 1], true])
    })
  })
}
