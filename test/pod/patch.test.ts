import { expect } from 'chai'
import jsonPatch from 'fast-json-patch'
import type { Decision } from '../../src/decision/decision.ts'
import { imagesOf, type DecidedImage } from '../../src/pod/images.ts'
import { patchPod } from '../../src/pod/patch.ts'
import { summarizePod } from '../../src/pod/summary.ts'

const secret = 'my-app-registry'
const annotation = 'image-proxy-webhook/original-images'

/** Rewrites what is on quay.io, attaches for what is on the proxy, and leaves everything else. */
function outcomes(pod: unknown): DecidedImage[] {
  return imagesOf(pod).map((position) => {
    const { image } = position
    const decision: Decision = image.startsWith('quay.io/')
      ? { image, action: 'rewrite', reason: 'private', location: `proxy.example/${image}` }
      : image.startsWith('proxy.example/')
        ? { image, action: 'attach', reason: 'already-proxied' }
        : { image, action: 'leave', reason: 'public' }
    return { position, decision }
  })
}

function patch(pod: unknown) {
  return patchPod(summarizePod(pod), outcomes(pod), { pullSecret: secret, annotate: true })
}

function patched<Pod extends object>(pod: Pod): Pod {
  return jsonPatch.applyPatch(structuredClone(pod), patch(pod)).newDocument
}

function podOf(image: string, rest: { metadata?: object; imagePullSecrets?: unknown } = {}) {
  const { metadata = {}, ...spec } = rest
  return { metadata, spec: { containers: [{ name: 'api', image, command: ['run'] }], ...spec } }
}

describe('the patch of a Pod', () => {
  it('changes the image, names the pull secret and records the original, and nothing else', () => {
    expect(patch(podOf('quay.io/a/b:1'))).to.have.deep.members([
      { op: 'replace', path: '/spec/containers/0/image', value: 'proxy.example/quay.io/a/b:1' },
      { op: 'add', path: '/spec/imagePullSecrets', value: [{ name: secret }] },
      { op: 'add', path: '/metadata/annotations', value: { [annotation]: '{"api":"quay.io/a/b:1"}' } },
    ])
  })

  it('changes images in every place where a Pod has them', () => {
    const pod = {
      metadata: {},
      spec: {
        initContainers: [{ name: 'init', image: 'quay.io/a/init' }],
        containers: [
          { name: 'web', image: 'nginx' },
          { name: 'api', image: 'quay.io/a/api' },
        ],
        ephemeralContainers: [{ name: 'debug', image: 'quay.io/a/debug' }],
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'models', image: { reference: 'quay.io/a/models', pullPolicy: 'Always' } },
        ],
      },
    }
    const paths = patch(pod).map(({ path }) => path)
    expect(paths).to.have.members([
      '/spec/initContainers/0/image',
      '/spec/containers/1/image',
      '/spec/ephemeralContainers/0/image',
      '/spec/volumes/1/image/reference',
      '/spec/imagePullSecrets',
      '/metadata/annotations',
    ])
    expect(patched(pod).spec.volumes[1]?.image).to.deep.equal({
      reference: 'proxy.example/quay.io/a/models',
      pullPolicy: 'Always',
    })
  })

  it('keeps the pull secrets that are there, in their order, and appends its own', () => {
    const imagePullSecrets = [{ name: 'theirs' }, { name: 'another' }]
    expect(patch(podOf('quay.io/a/b', { imagePullSecrets }))).to.deep.include({
      op: 'add',
      path: '/spec/imagePullSecrets/2',
      value: { name: secret },
    })
  })

  it('adds no pull secret that is there already', () => {
    const paths = patch(podOf('quay.io/a/b', { imagePullSecrets: [{ name: secret }] })).map(({ path }) => path)
    expect(paths).not.to.include('/spec/imagePullSecrets')
  })

  it('only names the pull secret for an image that is behind the proxy already', () => {
    expect(patch(podOf('proxy.example/a/b'))).to.deep.equal([
      { op: 'add', path: '/spec/imagePullSecrets', value: [{ name: secret }] },
    ])
  })

  it('keeps other annotations', () => {
    expect(patch(podOf('quay.io/a/b', { metadata: { annotations: { theirs: 'x' } } }))).to.deep.include({
      op: 'add',
      path: '/metadata/annotations/image-proxy-webhook~1original-images',
      value: '{"api":"quay.io/a/b"}',
    })
  })

  it('is empty for a Pod without a private image', () => {
    expect(patch(podOf('redis:7'))).to.deep.equal([])
  })

  it('is empty for a Pod that was patched before', () => {
    for (const image of ['quay.io/a/b', 'proxy.example/a/b', 'redis'])
      expect(patch(patched(podOf(image))), image).to.deep.equal([])
  })

  it('touches neither pull secrets nor annotations of a Pod in which only images may change', () => {
    const pod = podOf('quay.io/a/b')
    expect(patchPod(summarizePod(pod), outcomes(pod), { pullSecret: undefined, annotate: false })).to.deep.equal([
      { op: 'replace', path: '/spec/containers/0/image', value: 'proxy.example/quay.io/a/b' },
    ])
  })

  it('works on what a client other than the API server may leave out or set to null', () => {
    const pods = [
      { spec: podOf('quay.io/a/b').spec },
      podOf('quay.io/a/b', { metadata: { annotations: null }, imagePullSecrets: null }),
    ]
    for (const pod of pods) {
      expect(patched(pod)).to.nested.include({
        'spec.containers[0].image': 'proxy.example/quay.io/a/b',
        'spec.imagePullSecrets[0].name': secret,
      })
    }
  })
})

describe('the record of original images', () => {
  const record = (pod: { metadata: object }) =>
    (pod.metadata as { annotations?: Record<string, string> }).annotations?.[annotation]

  it('keeps what an earlier admission recorded of an image that is behind the proxy', () => {
    const annotations = { [annotation]: '{"sidecar":"quay.io/a/sidecar"}' }
    const pod = podOf('quay.io/a/b', { metadata: { annotations } })
    pod.spec.containers.push({ name: 'sidecar', image: 'proxy.example/quay.io/a/sidecar', command: [] })
    expect(record(patched(pod))).to.equal('{"sidecar":"quay.io/a/sidecar","api":"quay.io/a/b"}')
  })

  it('forgets an image that is not behind the proxy any more', () => {
    const annotations = { [annotation]: '{"api":"quay.io/a/b"}' }
    expect(patch(podOf('redis', { metadata: { annotations } }))).to.deep.equal([
      { op: 'remove', path: '/metadata/annotations/image-proxy-webhook~1original-images' },
    ])
  })

  for (const value of ['not JSON', '[]', 'null', '{"api":1}']) {
    it(`is written anew where somebody wrote ${value}`, () => {
      expect(record(patched(podOf('quay.io/a/b', { metadata: { annotations: { [annotation]: value } } })))).to.equal(
        '{"api":"quay.io/a/b"}',
      )
    })
  }

  it('is left out where it would make the annotations larger than Kubernetes takes', () => {
    const annotations = { theirs: 'x'.repeat(256 * 1024 - 20) }
    const paths = patch(podOf('quay.io/a/b', { metadata: { annotations } })).map(({ path }) => path)
    expect(paths).to.have.members(['/spec/containers/0/image', '/spec/imagePullSecrets'])
  })

  it('is written as long as all annotations, with their keys, have 256 KiB together, and not with a byte more', () => {
    const record = 'image-proxy-webhook/original-images{"api":"quay.io/a/b"}'
    const isRecorded = (bytes: number) => {
      const annotations = { theirs: 'x'.repeat(bytes - 'theirs'.length - record.length) }
      return patch(podOf('quay.io/a/b', { metadata: { annotations } })).some(({ path }) => path.includes('annotations'))
    }
    expect([isRecorded(256 * 1024), isRecorded(256 * 1024 + 1)]).to.deep.equal([true, false])
  })
})
