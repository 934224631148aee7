import { expect } from 'chai'
import { textAt, objectAt } from '../../../src/json.ts'
import { waitFor } from '../support/wait.ts'
import { licenseFile, licenseId, pullSecret, renewedLicenseId } from './support/accounts.ts'
import { app, otherApp, release, sharedValues, useInstallation } from './support/installation.ts'
import { licensesOf } from './support/pulls.ts'
import { deploy } from './support/release.ts'
import { pod, untilRunning } from './support/workloads.ts'

/** Seconds from a new license to new pulls. */
const soon = 10

describe('a license', function () {
  this.timeout(180_000)
  const world = useInstallation()

  const apply = (object: object, namespace: string) =>
    world().cluster.apply(JSON.stringify(object), `--namespace=${namespace}`)
  const upgrade = (license: string) =>
    deploy(world(), 'upgrade', release, { license: licenseFile(license), values: sharedValues, args: [] })

  /** The license in a namespace's pull secret. */
  async function licenseIn(namespace: string): Promise<string | undefined> {
    const get = ['get', 'secret', pullSecret, `--namespace=${namespace}`, '--output=json']
    const { stdout } = await world().cluster.kubectl(get)
    const content = textAt(objectAt(JSON.parse(stdout), 'data'), '.dockerconfigjson') ?? ''
    const auths = objectAt(JSON.parse(Buffer.from(content, 'base64').toString()), 'auths')
    const auth = textAt(objectAt(auths, 'proxy.replicated.com'), 'auth') ?? ''
    return Buffer.from(auth, 'base64').toString().replace('LICENSE_ID:', '')
  }

  async function untilIn(namespaces: readonly string[], license: string): Promise<void> {
    for (const namespace of namespaces) {
      await waitFor(`${license} in ${namespace}`, async () => (await licenseIn(namespace)) === license, {
        seconds: soon,
      })
    }
  }

  before(async () => {
    await world().scene.push('quay.io/my-org/licensed:1')
    for (const namespace of [app, otherApp]) {
      await apply(pod('licensed', { main: 'quay.io/my-org/licensed:1' }), namespace)
      await untilRunning(world(), namespace, 'licensed')
    }
  })

  after(async () => {
    world().scene.proxy.setLicense(licenseId, 'active')
    await upgrade(licenseId)
    await untilIn([app, otherApp], licenseId)
  })

  it('that was revoked is told of in a warning', async () => {
    const { scene } = world()
    scene.proxy.setLicense(licenseId, 'revoked')
    await scene.push('quay.io/my-org/licensed:2')
    const { stderr } = await apply(pod('revoked', { main: 'quay.io/my-org/licensed:2' }), app)
    expect(stderr).to.include(
      'Warning: image "quay.io/my-org/licensed:2" is left alone: not readable without credentials, and the license does not grant it',
    )
  })

  it('that replaces it serves new pulls in every namespace within seconds', async () => {
    const { scene } = world()
    await upgrade(renewedLicenseId)
    await untilIn([app, otherApp], renewedLicenseId)
    for (const [index, namespace] of [app, otherApp].entries()) {
      const tag = `renewed-${index}`
      const digest = await scene.push(`quay.io/my-org/licensed:${tag}`)
      await apply(pod(tag, { main: `quay.io/my-org/licensed:${tag}` }), namespace)
      await untilRunning(world(), namespace, tag)
      expect(licensesOf(scene, 'proxy/my-app/quay.io/my-org/licensed', digest)).to.deep.equal([renewedLicenseId])
    }
  })
})
