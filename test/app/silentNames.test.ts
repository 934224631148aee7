import { stringify } from 'yaml'
import { expect } from 'chai'
import { createWebhookClient, startAppScene, type AppScene, type LogLine } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { startNameServer, type NameServer } from '../support/nameServer.ts'
import { podReview } from '../support/podReviews.ts'
import { canReplaceFiles, startProgramResolving, type Program } from '../support/program.ts'

const silentImages = Array.from({ length: 32 }, (_, index) => `n${index}.silent.test/team/app:1`)

describe('the process of the webhook, with a Pod of 32 images whose name server is silent', () => {
  let scene: AppScene
  let nameServer: NameServer
  let program: Program
  before(async function () {
    if (!canReplaceFiles()) this.skip()
    scene = await startAppScene()
    nameServer = await startNameServer((name) => (name.endsWith('silent.test') ? 'silence' : 'nxdomain'))
  })
  after(async () => {
    await scene.close()
    await nameServer.close()
  })
  beforeEach(async () => {
    const resolvConf = await scene.write('resolv.conf', `nameserver ${nameServer.address}\nsearch .\n`)
    const text = stringify({ ...scene.configuration(), log: { format: 'json' } })
    program = startProgramResolving(resolvConf, 'serve', '--config', await scene.write('config.yaml', text))
  })
  afterEach(async () => {
    program.kill('SIGKILL')
    await program.ended
  })

  const lineOf = (pod: string): LogLine | undefined => program.log().find((line) => line.pod === pod)

  it('finds out at once that another name does not exist', async () => {
    const client = createWebhookClient((await program.listening()).port, scene.ca)
    const crowd = client.post(podReview(silentImages, { name: 'crowd' }))
    await eventually(() => {
      expect(nameServer.asked.length).to.be.greaterThan(0)
    })
    const started = performance.now()
    await client.post(podReview(['absent.test/team/app:1'], { name: 'other' }))
    const took = performance.now() - started
    await crowd
    client.close()

    expect(lineOf('other')?.images?.map(({ anonymousReason }) => anonymousReason)).to.deep.equal(['dns'])
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
