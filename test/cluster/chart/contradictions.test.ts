import { expect } from 'chai'
import { helms, licensed, manifests, refusal } from '../support/helm.ts'

const otherKind = 'apiVersion: v1\nkind: ConfigMap\n'

const contradictions: readonly (readonly [string, object, string])[] = [
  ['no license', { appSlug: 'my-app' }, 'there is no license. Set one of'],
  ['an empty license', { appSlug: 'my-app', license: { id: '', file: '' } }, 'there is no license. Set one of'],
  ['a license id and no slug', { license: { id: 'x' } }, 'appSlug is not set'],
  ['an existing Secret and no slug', { pullSecret: { existingSecret: 'mine' } }, 'appSlug is not set'],
  ['a license file of another kind', { license: { file: otherKind } }, 'license.file has no spec.appSlug'],
  ['a license file that is no YAML', { license: { file: '{' } }, 'license.file has no spec.appSlug'],
  ['a license file that is no map', { license: { file: 'a-license-id' } }, 'license.file has no spec.appSlug'],
  [
    'a slug of which no name of a Secret can be made',
    { ...licensed, appSlug: 'my_app' },
    '"my_app-registry", made of appSlug, cannot be the name of a Secret. Set pullSecret.name.',
  ],
  [
    "the SDK's Secret",
    { ...licensed, pullSecret: { name: 'replicated' } },
    'that Secret belongs to the Replicated SDK',
  ],
  [
    'a broken dockerconfigjson',
    { appSlug: 'my-app', global: { replicated: { dockerconfigjson: 'bm90IGpzb24=' } } },
    'global.replicated.dockerconfigjson is not a dockerconfigjson in base64',
  ],
  [
    'all namespaces without cluster-wide permissions',
    { ...licensed, additionalNamespaces: ['*'] },
    'additionalNamespaces={*} needs rbac.scope=cluster',
  ],
  [
    'a selector without cluster-wide permissions',
    { ...licensed, webhook: { namespaceSelector: { matchLabels: { team: 'a' } } } },
    'webhook.namespaceSelector needs rbac.scope=cluster',
  ],
  ['no namespace', { ...licensed, excludedNamespaces: ['image-proxy-system'] }, 'no namespace is left'],
  [
    'an existing certificate without a name',
    { ...licensed, tls: { mode: 'existingSecret' } },
    'needs tls.existingSecret',
  ],
  [
    'a certificate that would not be used',
    { ...licensed, tls: { existingSecret: 'mine' } },
    'tls.existingSecret is only used with tls.mode=existingSecret, and tls.mode is self',
  ],
  [
    'fewer replicas at most than at least',
    { ...licensed, autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 3 } },
    'autoscaling.maxReplicas is less than autoscaling.minReplicas',
  ],
  [
    'a longer sleep than the time to end',
    { ...licensed, preStopSleepSeconds: 30 },
    'terminationGracePeriodSeconds must be more than preStopSleepSeconds',
  ],
]

describe('values that contradict each other', () => {
  for (const [name, values, message] of contradictions) {
    it(`are refused: ${name}`, async () => {
      for (const said of await Promise.all(helms.map((helm) => refusal(helm, values)))) expect(said).to.include(message)
    })
  }

  it('are all told at once', async () => {
    const message = await refusal('helm4', { tls: { mode: 'existingSecret' } })
    expect(message)
      .to.include('there is no license')
      .and.include('appSlug is not set')
      .and.include('tls.existingSecret')
  })

  it('never make the message quote the license', async () => {
    const message = await refusal('helm4', { license: { file: 'spec: {licenseID: canary-license}' } })
    expect(message).not.to.include('canary-license')
  })

  it('are none where a license without a slug in it comes with appSlug', async () => {
    expect(await manifests({ appSlug: 'my-app', license: { file: otherKind } })).not.to.be.empty
  })

  it('are none where there is no license, and no copy to be made of it', async () => {
    expect(await manifests({ appSlug: 'my-app', pullSecret: { provision: false } })).not.to.be.empty
  })
})
