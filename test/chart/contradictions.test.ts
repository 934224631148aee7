import { expect } from 'chai'
import { licenseFromFile } from '../../src/license/content.ts'
import { licensed, manifests, refusal } from './support/helm.ts'
import { describeWithHelm, helms, newestHelm } from './support/programs.ts'

const own = 'image-proxy-system'
const otherKind = 'apiVersion: v1\nkind: ConfigMap\n'
const license = 'apiVersion: kots.io/v1beta1\nkind: License\n'
/** With appSlug, so that nothing else is wrong. */
const ofLicense = (spec: string) => ({ appSlug: 'my-app', license: { file: `${license}spec: { ${spec} }` } })
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
const privateKey = '-----BEGIN PRIVATE KEY-----\nCanary\n-----END PRIVATE KEY-----'

const refused = [
  'licenseID: 123',
  'licenseID: [a]',
  'licenseID: a b',
  'licenseID: a, appSlug: 12',
  'licenseID: a, appSlug: {a: b}',
  'licenseID: a, appSlug: my-app-',
]

const contradictions: readonly (readonly [string, object, string])[] = [
  ['no license', { appSlug: 'my-app' }, 'there is no license. Set one of'],
  ['an empty license', { appSlug: 'my-app', license: { id: '', file: '' } }, 'there is no license. Set one of'],
  ['a license id and no slug', { license: { id: 'x' } }, 'appSlug is not set'],
  ['an existing Secret and no slug', { pullSecret: { existingSecret: 'mine' } }, 'appSlug is not set'],
  ['a license file without a slug', { license: { file: license } }, 'license.file has no spec.appSlug'],
  ['a license file without an id', { license: { file: `${license}spec: {}` } }, 'license.file has no spec.licenseID.'],
  [
    'a license id that is a number',
    ofLicense('licenseID: 123'),
    'license.file: spec.licenseID is no text: put it into',
  ],
  ['a license id that is a list', ofLicense('licenseID: [a]'), 'license.file: spec.licenseID is no text'],
  ['a license file whose id has a space', ofLicense('licenseID: a b'), 'license.file: spec.licenseID has characters'],
  ['a slug that is a number', ofLicense('licenseID: a, appSlug: 12'), 'license.file: spec.appSlug is no text'],
  ['a slug that is a map', ofLicense('licenseID: a, appSlug: {a: b}'), 'license.file: spec.appSlug is no text'],
  [
    'a slug that no image may have',
    ofLicense('licenseID: a, appSlug: my-app-'),
    'license.file: spec.appSlug cannot be',
  ],
  ['a license file of another kind', { ...licensed, license: { file: otherKind } }, 'license.file is no license'],
  ['a license file that is no YAML', { ...licensed, license: { file: '{' } }, 'license.file is no license'],
  ['the path of a license file', { ...licensed, license: { file: 'license.yaml' } }, 'license.file is no license'],
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
    'an existing Secret of the name of its copies',
    { appSlug: 'my-app', pullSecret: { existingSecret: 'my-app-registry' } },
    'pullSecret.existingSecret has the name that its copies get, my-app-registry',
  ],
  ['a license id with a space', { appSlug: 'my-app', license: { id: 'two words' } }, 'license.id has spaces or line'],
  [
    'the path of a CA',
    { ...licensed, check: { ca: '/etc/ssl/ca.pem' } },
    'check.ca must hold the PEM text of certificates (--set-file check.ca=FILE), and nothing secret.',
  ],
  [
    'CAs from two places',
    {
      ...licensed,
      check: { caConfigMap: { name: 'company' }, caSecret: { name: 'company' } },
    },
    'CAs come from one place: check.caConfigMap and check.caSecret are set.',
  ],
  [
    'a private key beside a CA',
    {
      ...licensed,
      tls: { mode: 'existingSecret', existingSecret: 'mine', caBundle: `${certificate}\n${privateKey}` },
    },
    'tls.caBundle must hold the PEM text of certificates (--set-file tls.caBundle=FILE), and nothing secret.',
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
  [
    'a selector beside excluded namespaces',
    {
      ...licensed,
      rbac: { scope: 'cluster' },
      excludedNamespaces: ['a', 'b'],
      webhook: { namespaceSelector: { matchLabels: { team: 'a' } } },
    },
    'webhook.namespaceSelector takes the place of excludedNamespaces, which must be empty. Add this to webhook.namespaceSelector.matchExpressions instead: {"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["a","b"]}',
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
]

describeWithHelm('values that contradict each other', () => {
  for (const [name, values, message] of contradictions) {
    it(`are refused: ${name}`, async () => {
      for (const said of await Promise.all(helms.map((helm) => refusal(helm, values)))) expect(said).to.include(message)
    })
  }

  it('are all told at once', async () => {
    const message = await refusal(newestHelm(), { tls: { mode: 'existingSecret' } })
    expect(message)
      .to.include('there is no license')
      .and.include('appSlug is not set')
      .and.include('tls.existingSecret')
  })

  const dockerconfigjson = Buffer.from('{"canary-license"}').toString('base64')
  const secrets: readonly (readonly [string, object])[] = [
    ['a license id with a space', { appSlug: 'my-app', license: { id: 'canary-license 2' } }],
    ['a license id with a line break', { appSlug: 'my-app', license: { id: 'canary-license\n' } }],
    ['a license that is no map', { appSlug: 'my-app', license: 'canary-license' }],
    ['a license file without a slug', { license: { file: 'spec: {licenseID: canary-license}' } }],
    ['a license id in a file that is a list', ofLicense('licenseID: [canary-license]')],
    ['a license id in a file that has a space', ofLicense('licenseID: canary-license 2')],
    ['a license file that is a map', { license: { file: { spec: { licenseID: 'canary-license' } } } }],
    ['a dockerconfigjson that is no JSON', { appSlug: 'my-app', global: { replicated: { dockerconfigjson } } }],
    [
      'a dockerconfigjson that is not in base64',
      { appSlug: 'my-app', global: { replicated: { dockerconfigjson: '{"auths":{"canary-license":{}}}' } } },
    ],
    ['a private key in place of a CA', { ...licensed, check: { ca: privateKey } }],
    ['a private key beside a CA', { ...licensed, check: { ca: `${certificate}\n${privateKey}` } }],
    [
      'a private key in place of a caBundle',
      { ...licensed, tls: { mode: 'existingSecret', existingSecret: 'mine', caBundle: privateKey } },
    ],
  ]
  for (const helm of helms) {
    for (const [name, values] of secrets) {
      it(`never make ${helm} quote what is secret: ${name}`, async () => {
        expect(await refusal(helm, values)).not.to.match(/canary/i)
      })
    }
  }

  it('are those of a license file that the webhook refuses as well, and no others', async () => {
    const hosts = { configured: [], all: ['proxy.example.com'] }
    for (const spec of [
      'licenseID: a-b_1',
      'licenseID: a, appSlug: a.b__c',
      'licenseID: "1", appSlug: ""',
      ...refused,
    ]) {
      const values = ofLicense(spec)
      const isRefused = 'fault' in licenseFromFile(values.license.file, hosts)
      expect(isRefused, spec).to.equal(refused.includes(spec))
      if (!isRefused) expect(await manifests(values)).not.to.be.empty
    }
  })

  it('are none where a license without a slug in it comes with appSlug', async () => {
    const file = `${license}spec: { licenseID: id }`
    expect(await manifests({ appSlug: 'my-app', license: { file } })).not.to.be.empty
  })

  for (const [what, values] of [
    ['no copy is made', { pullSecret: { provision: false } }],
    ["no copy is made in the release's namespace", { additionalNamespaces: ['a'], excludedNamespaces: [own] }],
    ['its copies have another name', { pullSecret: { name: 'pull' } }],
  ] as const) {
    it(`are none where an existing Secret has the name of the pull secret, and ${what}`, async () => {
      const pullSecret = { existingSecret: 'my-app-registry', ...('pullSecret' in values ? values.pullSecret : {}) }
      expect(await manifests({ appSlug: 'my-app', ...values, pullSecret })).not.to.be.empty
    })
  }

  it('are none where there is no license, and no copy to be made of it', async () => {
    expect(await manifests({ appSlug: 'my-app', pullSecret: { provision: false } })).not.to.be.empty
  })
})
