import { createServer } from 'node:net'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { createWebhookClient, startAppScene, type AppScene, type Settings } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { podReview } from '../support/podReviews.ts'
import { startProgram, type Program } from '../support/program.ts'

const privateImage = 'quay.io/my-org/api:v1.0.1'
const rewritten = `proxy.replicated.com/proxy/my-app/${privateImage}`

describe('the process of the webhook', () => {
  let scene: AppScene
  let program: Program
  before(async () => {
    scene = await startAppScene()
  })
  after(() => scene.close())
  afterEach(async () => {
    program.kill('SIGKILL')
    await program.ended
  })

  async function serve(settings: Settings = {}): Promise<Program> {
    const text = stringify({ ...scene.configuration(settings), log: { format: 'json' } })
    program = startProgram('serve', '--config', await scene.write('config.yaml', text))
    return program
  }

  describe('that is told to end', () => {
    it('fails no request of kept and of new connections, and exits with 0', async () => {
      const { listening, kill, ended } = await serve({ license: { id: licenseId } })
      const { port } = await listening()
      const kept = createWebhookClient(port, scene.ca)
      const failures: unknown[] = []
      let answered = 0
      let running = true
      const load = Array.from({ length: 6 }, async (_, index) => {
        while (running) {
          const client = index % 2 === 0 ? kept : createWebhookClient(port, scene.ca)
          try {
            const { images } = await client.post(podReview([privateImage]))
            expect(images).to.deep.equal([rewritten])
            answered++
          } catch (error) {
            failures.push(error)
          }
          if (client !== kept) client.close()
        }
      })
      await eventually(() => {
        expect(answered).to.be.greaterThan(20)
      })
      const before = answered
      kill('SIGTERM')
      // Clients learn late that it goes: until then it must answer.
      await eventually(() => {
        expect(answered).to.be.greaterThan(before + 20)
      })
      running = false
      await Promise.all(load)
      kept.close()

      expect(failures).to.deep.equal([])
      expect(await ended).to.deep.equal({ code: 0, signal: null })
      expect(program.log().map(({ msg }) => msg)).to.include.members(['draining', 'stopped'])
      expect(program.stderr()).to.equal('')
    })

    it('answers the review that it has, to its end', async () => {
      const silent = await startServer(createServer(() => undefined))
      try {
        const { listening, kill, ended } = await serve({
          check: {
            deadline: '1200ms',
            timeout: '1500ms',
            endpoints: { 'silent.example.com': `https://${silent.host}` },
          },
        })
        const client = createWebhookClient((await listening()).port, scene.ca)
        const answer = client.post(podReview(['silent.example.com/team/app:1', 'redis:7']))
        await eventually(() => {
          expect(silent.accepted).to.equal(1)
        })
        kill('SIGTERM')
        expect((await answer).warnings).to.have.lengthOf(1)
        client.close()
        expect(await ended).to.deep.equal({ code: 0, signal: null })
      } finally {
        await silent.close()
      }
    })

    it('ends in time although clients keep their connections', async () => {
      const { listening, kill, ended } = await serve()
      const client = createWebhookClient((await listening()).port, scene.ca)
      await client.post(podReview(['redis:7']))
      const told = performance.now()
      kill('SIGINT')
      expect(await ended).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - told).to.be.lessThan(8000)
      client.close()
    })

    it('ends at once when it is told twice', async () => {
      const { listening, kill, ended, log } = await serve()
      await listening()
      kill('SIGTERM')
      await eventually(() => {
        expect(log().map(({ msg }) => msg)).to.include('draining')
      })
      kill('SIGTERM')
      expect(await ended).to.deep.equal({ code: 1, signal: null })
    })
  })

  describe('that cannot start', () => {
    let occupied: RunningServer
    before(async () => {
      occupied = await startServer(createServer(), { host: '::' })
    })
    after(() => occupied.close())

    it('tells every fault of its configuration on stderr, a line each, and exits with 2', async () => {
      const text = stringify({ appSlug: 'My App', check: { deadline: 'soon', timeot: '1s' }, metrics: { port: 'x' } })
      program = startProgram('serve', '--config', await scene.write('faulty.yaml', text))
      expect(await program.ended).to.deep.equal({ code: 2, signal: null })
      expect(program.stdout()).to.equal('')
      const lines = program.stderr().trimEnd().split('\n')
      expect(lines.filter((line) => !line.startsWith('error: '))).to.deep.equal([])
      for (const key of ['appSlug', 'check.deadline', 'check.timeot', 'metrics.port'])
        expect(lines.filter((line) => line.includes(key))).to.have.lengthOf(1)
    })

    // The second goes through the command line's parser, the first does not.
    const spellings: [string, (file: string) => string[]][] = [
      ['--config FILE', (file) => ['--config', file]],
      ['--config=FILE', (file) => [`--config=${file}`]],
    ]
    for (const [spelling, options] of spellings) {
      it(`says that its configuration is not there, and exits with 2: ${spelling}`, async () => {
        program = startProgram('serve', ...options(scene.path('nowhere.yaml')))
        expect(await program.ended).to.deep.equal({ code: 2, signal: null })
        expect(program.stderr()).to.match(/^error: cannot read .*nowhere\.yaml: there is no such file\n$/)
      })
    }

    const taken: [which: string, settings: () => Settings][] = [
      ['its port', () => ({ server: { port: occupied.port } })],
      ['its plain port', () => ({ metrics: { port: occupied.port } })],
    ]
    for (const [which, settings] of taken) {
      it(`says in one line that ${which} is taken, and exits with 1`, async () => {
        await serve(settings())
        expect(await program.ended).to.deep.equal({ code: 1, signal: null })
        expect(program.stderr()).to.match(new RegExp(`^error: .*EADDRINUSE.*${occupied.port}\n$`))
      })
    }

    it('says in one line that its further CAs cannot be read, and exits with 2', async () => {
      await serve({ check: { caFile: scene.path('nowhere.pem') } })
      expect(await program.ended).to.deep.equal({ code: 2, signal: null })
      expect(program.stderr()).to.match(/^error: check\.caFile: .*nowhere\.pem.*\n$/)
    })
  })

  it('serves as well where its configuration is given as --config=FILE', async () => {
    const text = stringify({ ...scene.configuration(), log: { format: 'json' } })
    program = startProgram('serve', `--config=${await scene.write('config.yaml', text)}`)
    expect((await program.listening()).port).to.be.greaterThan(0)
  })

  it('writes one line of JSON an admission, and counts it', async () => {
    const { listening, log } = await serve({ license: { id: licenseId } })
    const { port, metricsPort } = await listening()
    const client = createWebhookClient(port, scene.ca)
    const uid = 'c8a5a2c9-5a68-4b6e-9c0e-3d4c5b6a7f80'
    const images = [privateImage, 'redis:7']
    await client.post(podReview(images, { uid, namespace: 'shop', generateName: 'api-5d9f-' }))
    await client.post(podReview(images, { namespace: 'shop', name: 'by-hand' }))
    client.close()
    const admissions = () => log().filter(({ msg }) => msg === 'admission')
    await eventually(() => {
      expect(admissions()).to.have.lengthOf(2)
    })
    const [first, second] = admissions()
    expect(first).to.deep.include({
      level: 'info',
      uid,
      namespace: 'shop',
      generateName: 'api-5d9f-',
      result: 'patched',
    })
    expect(second).to.deep.include({ namespace: 'shop', pod: 'by-hand' })
    expect(first?.milliseconds).to.be.a('number')
    const told = (first?.images ?? []).map(({ milliseconds, ...image }) => {
      expect(milliseconds).to.be.a('number')
      return image
    })
    expect(told).to.deep.equal([
      {
        name: 'c0',
        image: privateImage,
        decision: 'rewrite',
        reason: 'private',
        location: rewritten,
        anonymous: 'private',
        anonymousReason: 'unauthorized',
        proxy: 'served',
        proxyReason: 'readable',
        cached: false,
      },
      {
        name: 'c1',
        image: 'redis:7',
        decision: 'leave',
        reason: 'public',
        anonymous: 'public',
        anonymousReason: 'readable',
        cached: false,
      },
    ])
    expect(second?.images?.map(({ cached }) => cached)).to.deep.equal([true, true])

    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    for (const sample of [
      'admissions_total{operation="CREATE",result="patched"} 2',
      'admission_duration_seconds_count 2',
      'images_total{decision="rewrite",reason="private"} 2',
      'images_total{decision="leave",reason="public"} 2',
      'registry_requests_total{step="proxy-manifest",status="200"} 1',
      'cache_requests_total{result="hit"} 3',
      'cache_entries 3',
      'checks_in_flight 0',
      'license_refused 0',
    ])
      expect(metrics.split('\n')).to.include(`image_proxy_webhook_${sample}`)
  })
})
