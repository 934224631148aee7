import { rm } from 'node:fs/promises'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { startHttpsServer } from '../../testbed/httpsServer.ts'
import { podReview } from '../support/podReviews.ts'
import { eventually } from '../support/eventually.ts'

const privateImage = 'quay.io/my-org/api:v1.0.1'
const license = (id: string) =>
  stringify({ apiVersion: 'kots.io/v1beta1', kind: 'License', spec: { licenseID: id, appSlug: 'my-app' } })

describe('the health of the whole webhook', () => {
  let scene: AppScene
  before(async () => {
    scene = await startAppScene()
  })
  after(() => scene.close())

  const statusOf = async (app: TestApp, path: string) => (await app.get(path)).status
  const verbose = async (app: TestApp) => (await app.get('/readyz?verbose')).text
  const files = (name: string) => ({
    mode: 'files',
    certFile: scene.path(`${name}.crt`),
    keyFile: scene.path(`${name}.key`),
  })

  async function writePair(name: string): Promise<void> {
    const { cert, key } = await scene.registries.authority.issue({ names: ['localhost'] })
    await scene.write(`${name}.key`, key)
    await scene.write(`${name}.crt`, cert)
  }

  it('is ready and alive, one line a check where it is asked for', async () => {
    const app = await scene.start()
    expect(await app.get('/livez')).to.deep.equal({ status: 200, text: 'ok\n' })
    expect(await app.get('/readyz')).to.deep.equal({ status: 200, text: 'ok\n' })
    expect(await app.get('/livez?verbose')).to.deep.equal({ status: 200, text: '[+]process ok\nlivez check passed\n' })
    expect((await verbose(app)).split('\n')).to.deep.equal([
      '[+]certificate ok',
      '[+]license ok',
      '[+]serving ok',
      'readyz check passed',
      '',
    ])
  })

  it('is not ready without a certificate, and says what is missing, and is ready once there is one', async () => {
    const app = await scene.start({ server: { tls: files('late') } })
    expect(await statusOf(app, '/livez')).to.equal(200)
    expect(await statusOf(app, '/readyz')).to.equal(503)
    expect(await verbose(app)).to.match(/^\[-\]certificate failed: cannot read .*late\.crt: there is no such file/)

    await writePair('late')
    await eventually(async () => {
      expect(await statusOf(app, '/readyz')).to.equal(200)
    })
    expect((await app.post(podReview(['redis:7']))).images).to.deep.equal(['redis:7'])
  })

  it('stays ready with the certificate it has when the next one is broken', async () => {
    await writePair('broken')
    const app = await scene.start({ server: { tls: files('broken') } })
    await scene.write('broken.crt', 'no certificate')
    await eventually(() => {
      expect(app.logged(({ msg }) => msg === 'the certificate cannot be used')).to.have.lengthOf(1)
    })
    expect(await statusOf(app, '/readyz')).to.equal(200)
    expect((await app.post(podReview(['redis:7']))).images).to.deep.equal(['redis:7'])
    await rm(scene.path('broken.crt'))
  })

  it('is not ready while its license cannot be read, holds up no Pod, and says so in /readyz and in a warning', async () => {
    const file = await scene.write('license.yaml', 'kind: Nonsense\n')
    const app = await scene.start({ appSlug: '', license: { file } })
    expect(await statusOf(app, '/livez')).to.equal(200)
    expect(await statusOf(app, '/readyz')).to.equal(503)
    expect(await verbose(app)).to.match(/\[-\]license failed: .*is no License of kots\.io\/v1beta1/)
    const answer = await app.post(podReview([privateImage]))
    expect(answer.images).to.deep.equal([privateImage])
    expect(answer.warnings).to.have.lengthOf(1)

    await scene.write('license.yaml', license(licenseId))
    await eventually(async () => {
      expect(await statusOf(app, '/readyz')).to.equal(200)
    })
    expect((await app.post(podReview([privateImage]))).pullSecrets).to.deep.equal(['my-app-registry'])
  })

  it('says what it lacks where nothing tells the application', async () => {
    const app = await scene.start({ appSlug: '', license: { id: licenseId } })
    expect(await verbose(app)).to.match(/\[-\]license failed: nothing tells the appSlug/)
  })

  it('is ready while a registry is down', async () => {
    const { authority } = scene.registries
    const down = await startHttpsServer(await authority.issue({ names: ['localhost'] }), () => undefined)
    await down.close()
    const app = await scene.start({ check: { endpoints: { 'down.example.com': `https://${down.host}` } } })
    await app.post(podReview(['down.example.com/team/app:1']))
    expect(app.logged(({ msg }) => msg === 'a registry began to fail')).to.have.lengthOf(1)
    expect(await statusOf(app, '/readyz')).to.equal(200)
  })

  it('is alive and not ready while it drains, and answers Pods until its end', async () => {
    const app = await scene.start()
    await app.post(podReview(['redis:7']))
    const stopped = app.stop()
    expect(await statusOf(app, '/livez')).to.equal(200)
    expect(await app.get('/readyz')).to.deep.include({ status: 503 })
    expect(await verbose(app)).to.match(/\[-\]serving failed: draining/)
    const { status, headers } = await app.send(podReview(['redis:7']))
    expect({ status, connection: headers.connection }).to.deep.equal({ status: 200, connection: 'close' })
    await stopped
  })

  it('reads no body on the plain port, where anybody may send one without end', async () => {
    const app = await scene.start()
    const answer = await fetch(`http://127.0.0.1:${app.metricsPort}/metrics`, { method: 'POST', body: 'x' })
    expect([answer.status, await answer.json()]).to.deep.equal([413, { error: 'expected no body' }])
  })

  it('answers everything else on the plain port with 404', async () => {
    const app = await scene.start()
    expect(await app.get('/mutate')).to.deep.equal({
      status: 404,
      text: '{"error":"expected /livez, /readyz or /metrics"}',
    })
  })
})
