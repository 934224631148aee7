import { expect } from 'chai'
import { licenseId, proxyDomain } from '../../testbed/scene.ts'
import { startAppScene, type Admitted, type AppScene, type LoggedImage } from '../support/app.ts'
import { hangingRegistries, uselessRegistries } from '../support/hostileRegistries.ts'
import { podReview } from '../support/podReviews.ts'

const P = 'proxy.replicated.com/proxy/my-app'
const privateImage = 'quay.io/my-org/api:v1.0.1'
const publicImage = 'redis:7'

describe('a private image whose proxy is of no help is rewritten unverified, beside a proxy that', () => {
  let scene: AppScene
  const servers: { close(): Promise<void> }[] = []
  const outcomes = new Map<string, { admitted: Admitted; logged: LoggedImage | undefined }>()
  const cases = [...hangingRegistries, ...uselessRegistries]

  before(async () => {
    scene = await startAppScene()
    const certificate = await scene.registries.authority.issue({ names: ['localhost'] })
    // All at once: some take as long as the webhook lets them.
    const asked = cases.map(async ({ does, start }) => {
      const server = await start(certificate)
      servers.push(server)
      const endpoints = { [proxyDomain]: `https://${server.host}` }
      const app = await scene.start({ license: { id: licenseId }, check: { deadline: '2s', timeout: '9s', endpoints } })
      const admitted = await app.post(podReview([privateImage, publicImage]))
      outcomes.set(does, { admitted, logged: app.lastImages()[0] })
    })
    await Promise.all(asked)
  })
  after(async () => {
    await scene.close()
    await Promise.all(servers.map((server) => server.close()))
  })

  for (const { does } of cases) {
    it(does, () => {
      const { admitted, logged } = outcomes.get(does) ?? {}
      expect(admitted).to.have.property('allowed', true)
      expect(admitted?.milliseconds).to.be.lessThan(6000)
      expect(admitted?.images).to.deep.equal([`${P}/${privateImage}`, publicImage])
      expect(admitted?.warnings).to.deep.equal([])
      expect(logged).to.include({ decision: 'rewrite', reason: 'private' })
      expect(logged?.proxy ?? 'unknown').to.equal('unknown')
    })
  }
})
