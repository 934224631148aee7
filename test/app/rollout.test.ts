import { expect } from 'chai'
import { startAppScene, type AppScene } from '../support/app.ts'
import { podReview } from '../support/podReviews.ts'
import {
  bearer,
  challenge,
  json,
  manifest,
  startScriptedRegistry,
  status,
  type ScriptedRegistry,
} from '../support/registry.ts'
import { until } from '../support/transports.ts'

describe('a rollout', () => {
  let scene: AppScene
  let registry: ScriptedRegistry
  before(async () => {
    scene = await startAppScene()
    registry = await startScriptedRegistry(await scene.registries.authority.issue({ names: ['127.0.0.1'] }))
  })
  after(async () => {
    await scene.close()
    await registry.close()
  })

  const asked = () => registry.requests.map(({ method, path }) => `${method} ${path.split('/').at(-1) ?? ''}`)
  const endpoints = () => ({ 'registry.example.com': registry.url })

  /** A public image of a registry that wants a token. */
  function playTokens(): void {
    registry.play(({ path, authorization }) => {
      if (path === '/token') return json(200, { token: 'a-token' })
      return authorization === undefined ? challenge(bearer('/token')) : manifest
    })
  }

  it('of 50 replicas at once costs one check: one challenge, one token and one HEAD', async () => {
    playTokens()
    const app = await scene.start({ check: { endpoints: endpoints() } })
    const review = () => app.post(podReview(['registry.example.com/team/app:1', 'registry.example.com/team/app:1']))
    const answers = await Promise.all(Array.from({ length: 50 }, review))

    expect(asked()).to.deep.equal(['HEAD 1', 'GET token', 'HEAD 1'])
    expect(answers.flatMap(({ warnings }) => warnings)).to.deep.equal([])
    expect(await app.metric('image_proxy_webhook_images_total{decision="leave",reason="public"}')).to.equal(100)
    expect(await app.metric('image_proxy_webhook_cache_requests_total{result="miss"}')).to.equal(1)
  })

  it('costs one token and one HEAD where another image of the same registry was checked before', async () => {
    playTokens()
    const app = await scene.start({ check: { endpoints: endpoints() } })
    await app.post(podReview(['registry.example.com/team/app:1']))
    playTokens()
    await Promise.all(Array.from({ length: 50 }, () => app.post(podReview(['registry.example.com/team/other:2']))))

    expect(asked()).to.deep.equal(['GET token', 'HEAD 2'])
  })

  it('has a check go on after the deadline of its Pods, so that later Pods find the verdict', async () => {
    let answer: () => void = () => undefined
    const answered = new Promise<void>((resolve) => (answer = resolve))
    registry.play(async () => {
      await answered
      return manifest
    })
    const check = { deadline: '200ms', timeout: '9s', total: '9s', endpoints: endpoints() }
    const app = await scene.start({ check })
    const image = 'registry.example.com/team/slow:1'
    const first = await app.post(podReview([image]))
    const [impatient] = app.lastImages()
    answer()
    await until(() => app.logged(({ msg }) => msg === 'registry request').length > 0)
    const second = await app.post(podReview([image]))
    const [served] = app.lastImages()

    expect(first.warnings).to.have.lengthOf(1)
    expect(impatient).to.include({ reason: 'unknown', anonymousReason: 'deadline', cached: false })
    expect(second.warnings).to.deep.equal([])
    expect(served).to.include({ reason: 'public', cached: true })
    expect(asked()).to.deep.equal(['HEAD 1'])
  })

  it('asks nothing of a registry that has limited the requests of a rollout before it', async () => {
    registry.play(() => status(429, { 'retry-after': '600' }))
    const app = await scene.start({ check: { endpoints: endpoints() } })
    for (const tag of ['1', '2', '3']) await app.post(podReview([`registry.example.com/team/app:${tag}`]))

    expect(asked()).to.deep.equal(['HEAD 1'])
    const failing = app.logged(({ msg }) => msg === 'a registry began to fail')
    expect(failing).to.have.lengthOf(1)
  })
})
