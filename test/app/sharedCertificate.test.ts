import { stringify } from 'yaml'
import { expect } from 'chai'
import { secretData } from '../../src/cluster/secrets.ts'
import { rsaServing } from '../cluster/rsaServing.ts'
import { startAppScene, type AppScene } from '../support/app.ts'
import { createBundle, type Bundle } from '../support/bundle.ts'
import { eventually } from '../support/eventually.ts'
import { configurationFor, configurationPath, secretPath } from '../support/clusterObjects.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'
import type { Program } from '../support/program.ts'

const secret = 'webhook-tls'

describe('the bundle, where the certificate that its replicas share', () => {
  let bundle: Bundle
  let scene: AppScene
  let cluster: MemoryCluster
  let program: Program

  before(async () => {
    ;[bundle, scene] = await Promise.all([createBundle(), startAppScene()])
  })
  after(() => Promise.all([bundle.close(), scene.close()]))
  beforeEach(async () => {
    cluster = await startMemoryCluster()
    cluster.put(configurationPath, configurationFor(['home']))
  })
  afterEach(async () => {
    program.kill('SIGTERM')
    await program.ended
    await cluster.close()
  })

  async function start(): Promise<void> {
    const settings = {
      ...scene.configuration({ server: { tls: { mode: 'self', secret, hosts: ['webhook.home.svc'] } } }),
      kubernetes: { namespace: 'home', webhookConfiguration: 'webhook' },
      repair: { enabled: false },
      log: { format: 'json' },
    }
    const config = await scene.write('config.yaml', stringify(settings))
    program = bundle.startBehind(['env', `KUBECONFIG=${cluster.kubeconfig}`], 'serve', '--config', config)
    await program.listening()
  }

  const told = (sentence: RegExp): boolean => program.log().some((line) => sentence.test(JSON.stringify(line)))
  /** What a Secret was to be written by. */
  const writes = () => cluster.asked.filter((asked) => /^(POST|PUT|PATCH) .*secrets/.test(asked))

  it('comes with an authority whose key is of another kind, tells it, goes on, and ends when it is told to', async () => {
    const foreign = await rsaServing('another.home.svc')
    const metadata = { labels: { 'app.kubernetes.io/managed-by': 'image-proxy-webhook' } }
    cluster.put(secretPath('home', secret), { type: 'kubernetes.io/tls', metadata, data: secretData(foreign) })
    await start()
    await eventually(() => {
      expect(told(/the certificate of the Secret home\/webhook-tls: ./)).to.equal(true)
    })
    await cluster.quiet()
    expect(writes().length).to.be.lessThan(5)
    program.kill('SIGTERM')
    expect(await program.ended).to.deep.equal({ code: 0, signal: null })
    expect(told(/unhandled rejection/)).to.equal(false)
  })

  it('cannot be kept for want of its namespace, tells it, asks seldom, and makes it as soon as that exists', async () => {
    cluster.namespaces.clear()
    const tries: number[] = []
    cluster.intercept = ({ method, path }) => {
      if (method !== 'GET' && path.includes('/secrets')) tries.push(performance.now())
      return undefined
    }
    await start()
    await eventually(() => {
      expect(told(/home\/webhook-tls: the API server answers 404/)).to.equal(true)
      expect(tries.length).to.be.greaterThan(2)
    })
    const [first = 0, , third = 0] = tries
    expect(third - first).to.be.greaterThan(1000)
    cluster.namespaces.add('home')
    await eventually(() => {
      expect(cluster.secret('home', secret)?.data).to.have.property('tls.crt')
    })
  })
})
