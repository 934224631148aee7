import { expect } from 'chai'
import { changedImages, imagesOf } from '../../src/pod/images.ts'

const pod = {
  spec: {
    volumes: [
      { name: 'scratch', emptyDir: {} },
      { name: 'models', image: { reference: 'quay.io/my-org/models:1' } },
    ],
    initContainers: [
      { name: 'migrate', image: 'quay.io/my-org/migrate:1' },
      { name: 'mesh', image: 'mesh:1', restartPolicy: 'Always' },
    ],
    containers: [{ name: 'api', image: 'quay.io/my-org/api:1' }],
    ephemeralContainers: [{ name: 'debugger', image: 'busybox' }],
  },
}

describe('the images of a Pod', () => {
  it('are those of init containers, sidecars, containers, ephemeral containers and image volumes', () => {
    expect(imagesOf(pod)).to.deep.equal([
      { list: 'initContainers', index: 0, name: 'migrate', image: 'quay.io/my-org/migrate:1' },
      { list: 'initContainers', index: 1, name: 'mesh', image: 'mesh:1' },
      { list: 'containers', index: 0, name: 'api', image: 'quay.io/my-org/api:1' },
      { list: 'ephemeralContainers', index: 0, name: 'debugger', image: 'busybox' },
      { list: 'volumes', index: 1, name: 'volume/models', image: 'quay.io/my-org/models:1' },
    ])
  })

  const neverPulled = {
    spec: {
      initContainers: [{ name: 'init', image: 'quay.io/a/init', imagePullPolicy: 'Never' }],
      containers: [
        { name: 'main', image: 'quay.io/a/main', imagePullPolicy: 'Never' },
        { name: 'istio-proxy', image: 'auto' },
        { name: 'pulled', image: 'quay.io/a/pulled', imagePullPolicy: 'IfNotPresent' },
      ],
      ephemeralContainers: [{ name: 'debug', image: 'quay.io/a/debug', imagePullPolicy: 'Never' }],
      volumes: [
        { name: 'here', image: { reference: 'quay.io/a/here', pullPolicy: 'Never' } },
        { name: 'auto', image: { reference: 'auto' } },
      ],
    },
  }

  it('are none that the kubelet never pulls, nor the placeholder of Istio, which stands in containers only', () => {
    expect(imagesOf(neverPulled).map(({ name }) => name)).to.deep.equal(['pulled', 'volume/auto'])
  })

  it('are told without a name where their container has none', () => {
    expect(imagesOf({ spec: { containers: [{ image: 'redis' }] } })).to.deep.equal([
      { list: 'containers', index: 0, name: '', image: 'redis' },
    ])
  })

  it('keep their place where others before them are passed over', () => {
    expect(imagesOf(neverPulled)).to.deep.include({
      list: 'containers',
      index: 2,
      name: 'pulled',
      image: 'quay.io/a/pulled',
    })
  })

  const shapeless: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'pod'],
    ['no spec', {}],
    ['a spec that is a list', { spec: [] }],
    ['containers that are no list', { spec: { containers: { 0: { image: 'redis' } } } }],
    ['containers that are no objects', { spec: { containers: [null, 1, 'redis', ['redis']] } }],
    [
      'an image that is no text',
      { spec: { containers: [{ image: 1 }, { image: null }, { image: { reference: 'redis' } }] } },
    ],
    ['an empty image', { spec: { containers: [{ name: 'a', image: '' }] } }],
    ['an image volume without a reference', { spec: { volumes: [{ name: 'a', image: {} }] } }],
  ]
  for (const [what, value] of shapeless)
    it(`are none in ${what}`, () => {
      expect(imagesOf(value)).to.deep.equal([])
    })
})

describe('the changed images of a Pod', () => {
  const changed = (pod: unknown, previous: unknown) => changedImages(imagesOf(pod), imagesOf(previous))
  const running = {
    spec: {
      containers: [
        { name: 'api', image: 'proxy.example/api:1' },
        { name: 'web', image: 'nginx' },
      ],
    },
  }

  it('are those that the previous Pod has not under the same name', () => {
    const applied = {
      spec: {
        containers: [
          { name: 'api', image: 'quay.io/api:1' },
          { name: 'web', image: 'nginx' },
        ],
      },
    }
    expect(changed(applied, running).map(({ name }) => name)).to.deep.equal(['api'])
  })

  it('are those of a container that another list of the previous Pod has', () => {
    const image = 'quay.io/api:1'
    const applied = { spec: { initContainers: [{ name: 'api', image }] } }
    expect(changed(applied, { spec: { containers: [{ name: 'api', image }] } })).to.have.lengthOf(1)
  })

  it('are none where only something else changed', () => {
    expect(changed({ ...running, metadata: { labels: { a: 'b' } } }, running)).to.deep.equal([])
  })

  it('are found by name, wherever the container stands', () => {
    const reordered = { spec: { containers: [...running.spec.containers].reverse() } }
    expect(changed(reordered, running)).to.deep.equal([])
  })

  it('are all of them where nothing tells of a previous Pod', () => {
    expect(changed(running, undefined)).to.have.lengthOf(2)
  })
})
