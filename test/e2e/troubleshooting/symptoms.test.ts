import { expect } from 'chai'
import { run } from '../../support/command.ts'
import { waitFor } from '../support/wait.ts'
import { deploy } from '../install/support/release.ts'
import { scaleWebhook, untilWaiting } from '../install/support/repairs.ts'
import { pod, untilRunning } from '../install/support/workloads.ts'
import { world, type World } from '../install/support/world.ts'
import { startBadRegistries, type BadRegistries } from './support/badRegistries.ts'
import { pageSection, usePageShell, type Printed } from './support/page.ts'
import { namesOf, useStage, type Patient } from './support/stage.ts'

const proxied = 'proxy.replicated.com/proxy/my-app'

describe('docs/troubleshooting.md, beyond ImagePullBackOff,', function () {
  this.timeout(120_000)
  const stage = useStage()
  let here: World
  const shell = usePageShell()
  let registries: BadRegistries | undefined

  const healthy = () => namesOf(stage().patients.healthy)
  const create = (namespace: string) =>
    here.cluster.kubectl(['run', 'probe', '--image=quay.io/my-org/healthy:1', '--dry-run=server', `-n${namespace}`])
  const expectAsShown = ({ exitCode, missing, text }: Printed) => {
    expect({ exitCode, missing }, text).to.deep.equal({ exitCode: 0, missing: [] })
  }
  const expectFound = async (title: string, IMAGE = healthy().IMAGE) => {
    expectAsShown(await shell().run(title, { ...healthy(), IMAGE }))
  }

  async function patchWebhook(name: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const patch = Object.entries(fields).map(([path, value]) => ({ op: 'replace', path: `/webhooks/0/${path}`, value }))
    const configuration = ['mutatingwebhookconfiguration', name, '--type=json']
    await here.cluster.kubectl(['patch', ...configuration, `--patch=${JSON.stringify(patch)}`])
  }

  const asked = async (patient: Patient) => (await shell().run('A Pod is in ImagePullBackOff', namesOf(patient))).text

  before(async () => {
    here = await world()
    registries = await startBadRegistries(here)
    const images = { 'of-a-limited-registry': registries.limited, 'of-an-untrusted-registry': registries.untrusted }
    const items = Object.entries(images).map(([name, image]) => pod(name, { main: image }))
    await here.cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), `--namespace=${healthy().APP}`)
    await Promise.all(Object.keys(images).map((name) => untilWaiting(here, healthy().APP, name)))
  })
  after(async () => {
    await registries?.close()
  })

  it('tells whom a registry lets pull no more, the node and the webhook', () => expectFound('toomanyrequests'))

  it('tells of a registry whose certificate is not trusted', () => expectFound('x509', registries?.untrusted))

  it('tells how long admissions take', () => expectFound('Pods start slowly'))

  it('lets Pods through that the API server refuses as it is "failed calling webhook"', async () => {
    const { release, namespace } = stage().patients.bypassed
    await patchWebhook(release.name, { failurePolicy: 'Fail' })
    const message = await waitFor('a refusal', () => create(namespace).then(() => undefined, String))
    const known = [...pageSection('"failed calling webhook"').text.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(
      ([, cell = '']) => cell.split(', ').map((text) => text.replaceAll('`', '')),
    )
    expect(message).to.include('failed calling webhook')
    expect(
      known.filter((text) => message.includes(text)),
      message,
    ).not.to.deep.equal([])

    expectAsShown(await shell().run('"failed calling webhook"', namesOf(stage().patients.bypassed)))
    await waitFor('a Pod that is let through', () => create(namespace))
  })

  it('names the command that gives a Pod its image which was created unpatched, and that command does', async () => {
    const { bypassed } = stage().patients
    await scaleWebhook(here, bypassed.release, 1)
    const printed = await waitFor('the webhook to be asked', async () => {
      const found = await shell().run('Pods were created unpatched', namesOf(bypassed))
      return found.missing.length === 0 && found
    })
    const command = printed.text
      .split('\n')
      .find((line) => line.includes(` ${bypassed.name} `) && line.includes('kubectl'))
    await run('sh', ['-c', command ?? 'false'], { env: here.cluster.env })
    const { spec } = await untilRunning(here, bypassed.namespace, bypassed.name)
    expect(spec?.containers[0]?.image).to.equal(`${proxied}/${bypassed.image}`)
  })

  it('shows that the caBundle is another CA than the Secret, and that the webhook may not restore it', async () => {
    const { bypassed } = stage().patients
    const { release, namespace } = bypassed
    await here.cluster.kubectl(['delete', 'clusterrolebinding', release.name])
    const stranger = Buffer.from(here.cluster.script().registryAuthority.cert).toString('base64')
    await patchWebhook(release.name, { 'clientConfig/caBundle': stranger, failurePolicy: 'Fail' })
    const message = await waitFor('a refusal', () => create(namespace).then(() => undefined, String))
    expect(message).to.include('failed calling webhook').and.include('x509: certificate signed by unknown authority')

    const { text } = await waitFor('the log', async () => {
      const printed = await shell().run('x509', { ...namesOf(bypassed), IMAGE: registries?.untrusted ?? '' })
      return printed.text.includes('forbidden') && printed
    })
    const [written, inSecret] = text.split('\n')
    expect(written).to.equal(stranger)
    expect(inSecret).to.match(/^LS0t/).and.not.equal(stranger)

    await patchWebhook(release.name, { failurePolicy: 'Ignore' })
    await deploy(here, 'upgrade', release, release.options)
    await waitFor('the webhook to be asked', async () => (await asked(bypassed)).includes('a new Pod pulls'))
  })

  it('switches everything off, but for the pull secrets', async () => {
    const secrets = () => here.cluster.kubectl(['get', 'secrets', '--all-namespaces', '--output=name'])
    const before = await secrets()
    await shell().run('Troubleshooting', healthy())
    for (const patient of [stage().patients.healthy, stage().patients.unproxied])
      await waitFor('it to be off', async () => (await asked(patient)).includes(`a new Pod pulls ${patient.image}`))
    expect(await secrets()).to.deep.equal(before)
  })

  for (const name of ['healthy', 'unproxied'] as const) {
    it(`is switched on again by helm upgrade (${name})`, async () => {
      const patient = stage().patients[name]
      const { release, image } = patient
      await deploy(here, 'upgrade', release, release.options)
      await waitFor('it to be on', async () =>
        new RegExp(`a new Pod pulls \\S+/proxy/my-app/${image}`).test(await asked(patient)),
      )
    })
  }
})
