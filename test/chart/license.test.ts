import { expect } from 'chai'
import { parse as parseYaml } from 'yaml'
import { at, configText, manifests, only, type Manifest } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

const name = 'proxy-image-proxy-webhook'
const file = 'apiVersion: kots.io/v1beta1\nkind: License\nspec: {licenseID: canary-license, appSlug: told-by-file}\n'
const dockerconfigjson = Buffer.from('{"auths":{"proxy.replicated.com":{"auth":"Y2FuYXJ5"}}}').toString('base64')

const sources: Readonly<Record<'existing' | 'file' | 'registry' | 'id', Record<string, unknown>>> = {
  existing: { appSlug: 'my-app', pullSecret: { existingSecret: 'enterprise-pull-secret' } },
  file: { license: { file } },
  registry: { appSlug: 'my-app', global: { replicated: { dockerconfigjson } } },
  id: { appSlug: 'my-app', license: { id: 'canary-license' } },
}

/** Values with which nothing needs the Kubernetes API. */
const offline = { tls: { mode: 'existingSecret', existingSecret: 'cert' } }

const withoutApi = (values: Readonly<Record<string, unknown>>) => ({
  ...values,
  ...offline,
  pullSecret: { ...(values['pullSecret'] ?? {}), provision: false },
})

const configOf = (objects: readonly Manifest[]): unknown => parseYaml(configText(objects))
const secretsOf = (objects: readonly Manifest[]) => objects.filter(({ kind }) => kind === 'Secret')
const volumeOf = (objects: readonly Manifest[]) =>
  at(only(objects, 'Deployment'), 'spec.template.spec.volumes.0.projected.sources')

describeWithHelm('the license', () => {
  const stored: readonly (readonly [keyof typeof sources, string, string])[] = [
    ['file', 'license.yaml', file],
    ['registry', '.dockerconfigjson', Buffer.from(dockerconfigjson, 'base64').toString()],
    ['id', 'id', 'canary-license'],
  ]
  for (const [source, key, content] of stored) {
    it(`goes from ${source} into a Secret of the chart's, key ${key}`, async () => {
      const { metadata, data } = only(await manifests(sources[source]), 'Secret')
      expect([metadata.name, data]).to.deep.equal([
        `${name}-license`,
        { [key]: Buffer.from(content).toString('base64') },
      ])
    })
  }

  it('goes from registry into the same Secret where its base64 is wrapped', async () => {
    const wrapped = dockerconfigjson.replace(/.{10}/g, '$&\n')
    const values = { appSlug: 'my-app', global: { replicated: { dockerconfigjson: wrapped } } }
    expect(only(await manifests(values), 'Secret')).to.deep.equal(only(await manifests(sources.registry), 'Secret'))
  })

  it('stays in an existing Secret', async () => {
    expect(secretsOf(await manifests(sources.existing))).to.be.empty
  })

  for (const [source, values] of Object.entries(sources)) {
    it(`from ${source} is named to the webhook as a Secret that it watches`, async () => {
      const secret = source === 'existing' ? 'enterprise-pull-secret' : `${name}-license`
      expect(at(configOf(await manifests(values)), 'license')).to.deep.equal({ secret })
    })

    it(`from ${source} is in no object but a Secret`, async () => {
      const others = (await manifests(withoutApi(values))).filter(({ kind }) => kind !== 'Secret')
      expect(JSON.stringify(others)).not.to.match(/canary/i)
    })
  }

  it('replaced by another one does not restart the Pods', async () => {
    const [before, after] = await Promise.all(
      ['one', 'two'].map(async (id) => only(await manifests({ appSlug: 'my-app', license: { id } }), 'Deployment')),
    )
    expect(before).to.deep.equal(after)
  })

  const precedence: readonly (readonly [string, object, string | undefined])[] = [
    ['an existing Secret', { ...sources.file, ...sources.registry, ...sources.existing }, undefined],
    ['a file', { ...sources.registry, license: { file, id: 'x' } }, 'license.yaml'],
    ['the registry', { ...sources.id, ...sources.registry }, '.dockerconfigjson'],
  ]
  for (const [winner, values, key] of precedence) {
    it(`comes from ${winner} before what follows it`, async () => {
      const data = secretsOf(await manifests(values))[0]?.['data'] ?? {}
      expect(Object.keys(data)).to.deep.equal(key === undefined ? [] : [key])
    })
  }

  describe('where nothing needs the API', () => {
    const files: readonly (readonly ['existing' | 'file' | 'registry', object, string, string])[] = [
      [
        'existing',
        { dockerConfigFile: '/etc/image-proxy-webhook/license/.dockerconfigjson' },
        'enterprise-pull-secret',
        '.dockerconfigjson',
      ],
      ['file', { file: '/etc/image-proxy-webhook/license/license.yaml' }, `${name}-license`, 'license.yaml'],
      [
        'registry',
        { dockerConfigFile: '/etc/image-proxy-webhook/license/.dockerconfigjson' },
        `${name}-license`,
        '.dockerconfigjson',
      ],
    ]
    for (const [source, license, secret, key] of files) {
      it(`is mounted from ${source}, and need not be there for the Pod to start`, async () => {
        const objects = await manifests(withoutApi(sources[source]))
        expect(at(configOf(objects), 'license')).to.deep.equal(license)
        expect(volumeOf(objects)).to.deep.include({
          secret: { name: secret, optional: true, items: [{ key, path: `license/${key}` }] },
        })
      })
    }

    it('is an environment variable where it is an id, and restarts the Pods when it changes', async () => {
      const objects = await manifests(withoutApi(sources.id))
      const pod = at(only(objects, 'Deployment'), 'spec.template')
      expect(at(pod, 'spec.containers.0.env.0')).to.deep.equal({
        name: 'LICENSE_ID',
        valueFrom: { secretKeyRef: { name: `${name}-license`, key: 'id' } },
      })
      expect(at(pod, 'metadata.annotations')).to.have.property('checksum/license')
      expect(at(configOf(objects), 'license')).to.equal(undefined)
    })
  })

  const slugs: readonly (readonly [string, object, string, string])[] = [
    ['told by its file', sources.file, 'told-by-file', 'told-by-file-registry'],
    ['given, whatever the file says', { ...sources.file, appSlug: 'given' }, 'given', 'given-registry'],
    ['not in the name, where that is given', { ...sources.file, pullSecret: { name: 'pull' } }, 'told-by-file', 'pull'],
  ]
  for (const [what, values, appSlug, secret] of slugs) {
    it(`names the pull secret by the slug: ${what}`, async () => {
      const config = configOf(await manifests(values))
      expect([at(config, 'appSlug'), at(config, 'pullSecret.name')]).to.deep.equal([appSlug, secret])
    })
  }
})
