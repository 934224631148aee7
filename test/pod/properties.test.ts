import { expect } from 'chai'
import fc from 'fast-check'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { Decision } from '../../src/decision/decision.ts'
import { imagesOf } from '../../src/pod/images.ts'
import { patchPod } from '../../src/pod/patch.ts'
import { summarizePod } from '../../src/pod/summary.ts'

const secret = 'my-app-registry'
const annotation = 'image-proxy-webhook/original-images'

/** What is decided for each image that a Pod of these tests may have. */
const decisions: Readonly<Record<string, Omit<Decision, 'image'>>> = {
  'quay.io/a/b:1': { action: 'rewrite', reason: 'private', location: 'proxy.example/quay.io/a/b:1' },
  'registry.example/c@sha256:0': { action: 'rewrite', reason: 'rule', location: 'proxy.example/c@sha256:0' },
  'proxy.example/quay.io/a/b:1': { action: 'attach', reason: 'already-proxied' },
  'proxy.example/c@sha256:0': { action: 'attach', reason: 'already-proxied' },
  'registry.replicated.com/d': { action: 'attach', reason: 'hosted' },
  'redis:7': { action: 'leave', reason: 'public' },
}

interface Container {
  readonly name: string
  readonly image: string
}

interface Volume {
  readonly name: string
  readonly image?: { readonly reference: string; readonly pullPolicy: string }
}

interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: {
    readonly initContainers?: readonly Container[]
    readonly containers: readonly Container[]
    readonly ephemeralContainers?: readonly Container[]
    readonly volumes?: readonly Volume[]
    readonly imagePullSecrets?: readonly { readonly name: string }[]
  }
}

const image = fc.constantFrom(...Object.keys(decisions))
/** Characters that a JSON pointer or a JSON text escapes, and what JavaScript gives a meaning of its own. */
const text = fc.oneof(fc.string(), fc.constantFrom('a/b~c', '__proto__', 'constructor', annotation))
const more = fc.dictionary(fc.string({ minLength: 12 }), fc.jsonValue(), { maxKeys: 2, noNullPrototype: true })

const containers = (prefix: string): fc.Arbitrary<Container[]> =>
  fc
    .array(fc.tuple(image, more), { maxLength: 3 })
    .map((drawn) => drawn.map(([image, more], index) => ({ ...more, name: `${prefix}${index}`, image })))
const volumes = fc.array(fc.oneof(image, fc.constant(undefined)), { maxLength: 3 }).map((images) =>
  images.map((reference, index) => ({
    name: `v${index}`,
    ...(reference === undefined ? { emptyDir: {} } : { image: { reference, pullPolicy: 'Always' } }),
  })),
)
const pullSecrets = fc.array(fc.record({ name: fc.oneof(text, fc.constant(secret)) }, { noNullPrototype: true }))
const annotations = fc.dictionary(
  text.filter((key) => key !== annotation && key !== '__proto__'),
  fc.string(),
  { noNullPrototype: true },
)

/** Pods as an API server sends them, by nobody's hand. */
const pod: fc.Arbitrary<Pod> = fc.record(
  {
    metadata: fc.record({ name: text, annotations }, { requiredKeys: ['name'], noNullPrototype: true }),
    spec: fc.record(
      {
        initContainers: containers('i'),
        containers: containers('c'),
        ephemeralContainers: containers('e'),
        volumes,
        imagePullSecrets: pullSecrets,
        nodeSelector: fc.jsonValue(),
      },
      { requiredKeys: ['containers'], noNullPrototype: true },
    ),
    status: fc.jsonValue(),
  },
  { noNullPrototype: true },
)

function patchOf(pod: Pod): readonly Operation[] {
  const outcomes = imagesOf(pod).map((position) => {
    const decision = decisions[position.image]
    if (decision === undefined) throw new Error(`nothing is decided for ${position.image}`)
    return { position, decision: { image: position.image, ...decision } }
  })
  return patchPod(summarizePod(pod), outcomes, { pullSecret: secret, annotate: true })
}

function patched(pod: Pod): Pod {
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone(patchOf(pod)), true).newDocument
}

/** The Pod as it is to be, made without a patch. */
function expected(pod: Pod): Pod {
  const { metadata, spec } = pod
  const originals: Record<string, string> = {}
  const needing: string[] = []
  const moved = (name: string, image: string): string => {
    const { action, location } = decisions[image] ?? {}
    if (action !== 'leave') needing.push(name)
    if (location !== undefined) originals[name] = image
    return location ?? image
  }
  const movedContainers = (containers: readonly Container[]) =>
    containers.map((container) => ({ ...container, image: moved(container.name, container.image) }))
  const movedVolume = ({ image, ...volume }: Volume): Volume =>
    image === undefined
      ? volume
      : { ...volume, image: { ...image, reference: moved(`volume/${volume.name}`, image.reference) } }

  const images = {
    ...(spec.initContainers && { initContainers: movedContainers(spec.initContainers) }),
    containers: movedContainers(spec.containers),
    ...(spec.ephemeralContainers && { ephemeralContainers: movedContainers(spec.ephemeralContainers) }),
    ...(spec.volumes && { volumes: spec.volumes.map(movedVolume) }),
  }
  const secrets = spec.imagePullSecrets ?? []
  const isMissing = needing.length > 0 && !secrets.some(({ name }) => name === secret)
  const isRecorded = Object.keys(originals).length > 0
  const annotations = { ...metadata.annotations, [annotation]: JSON.stringify(originals) }
  return {
    ...pod,
    metadata: isRecorded ? { ...metadata, annotations } : metadata,
    spec: { ...spec, ...images, ...(isMissing && { imagePullSecrets: [...secrets, { name: secret }] }) },
  }
}

describe('the patch of any Pod', () => {
  it('makes exactly the Pod that is expected of it', () => {
    fc.assert(
      fc.property(pod, (pod) => {
        expect(patched(pod)).to.deep.equal(expected(pod))
      }),
    )
  })

  it('is empty for the Pod that it made', () => {
    fc.assert(
      fc.property(pod, (pod) => {
        expect(patchOf(patched(pod))).to.deep.equal([])
      }),
    )
  })
})
