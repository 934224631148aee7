import { stringify } from 'yaml'
import { expect } from 'chai'
import { createWebhookClient, startAppScene, type AppScene, type LogLine } from '../support/app.ts'
import { createBundle, type Bundle } from '../support/bundle.ts'
import { eventually } from '../support/eventually.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { manifest, playing, startScriptedRegistry, type ScriptedRegistry } from '../support/registry.ts'
import { startNameServer, type NameServer } from '../support/nameServer.ts'
import { podReview } from '../support/podReviews.ts'
import { canReplaceFiles, resolvingBy, type Program } from '../support/program.ts'

const silentImages = Array.from({ length: 64 }, (_, index) => `n${index}.silent.test/team/app:1`)

// Elsewhere than on Linux no process can have a resolv.conf of its own.
if (canReplaceFiles()) {
  describe('the bundle, with a Pod of 64 images whose name server is silent', () => {
    let bundle: Bundle
    let scene: AppScene
    let nameServer: NameServer
    let good: ScriptedRegistry
    let program: Program
    before(async () => {
      bundle = await createBundle()
      scene = await startAppScene()
      nameServer = await startNameServer((name) => {
        if (name.endsWith('silent.test')) return 'silence'
        return name === 'good.test' ? ['127.0.0.1'] : 'nxdomain'
      })
      const authority = await createAuthority()
      await scene.write('good.pem', authority.certificate)
      good = await startScriptedRegistry(await authority.issue({ names: ['good.test'] }))
      good.play(playing({ head: manifest }))
    })
    after(async () => {
      await scene.close()
      await Promise.all([nameServer.close(), good.close(), bundle.close()])
    })
    beforeEach(async () => {
      const resolvConf = await scene.write('resolv.conf', `nameserver ${nameServer.address}\nsearch .\n`)
      const check = { caFile: scene.path('good.pem'), allowedNetworks: ['127.0.0.0/8'] }
      const text = stringify({ ...scene.configuration({ check }), log: { format: 'json' } })
      const config = await scene.write('config.yaml', text)
      program = bundle.startBehind(resolvingBy(resolvConf), 'serve', '--config', config)
    })
    afterEach(async () => {
      program.kill('SIGKILL')
      await program.ended
    })

    const lineOf = (pod: string): LogLine | undefined => program.log().find((line) => line.pod === pod)

    it('finds out at once that an image of another registry, never asked before, is public', async () => {
      const client = createWebhookClient((await program.listening()).port, scene.ca)
      const crowd = client.post(podReview(silentImages, { name: 'crowd' }))
      await eventually(() => {
        expect(nameServer.asked.length).to.be.greaterThan(0)
      })
      const started = performance.now()
      await client.post(podReview([`good.test:${new URL(good.url).port}/team/app:1`], { name: 'other' }))
      const took = performance.now() - started
      await crowd
      client.close()

      expect(lineOf('other')?.images?.map(({ anonymous }) => anonymous)).to.deep.equal(['public'])
      expect(took).to.be.lessThan(1000)
    })

    it('ends within its grace when it is told to', async () => {
      const client = createWebhookClient((await program.listening()).port, scene.ca)
      const crowd = client.post(podReview(silentImages))
      await eventually(() => {
        expect(nameServer.asked.length).to.be.greaterThan(0)
      })
      const told = performance.now()
      program.kill('SIGTERM')
      await crowd
      client.close()

      expect(await program.ended).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - told).to.be.lessThan(8000)
    })
  })
}
