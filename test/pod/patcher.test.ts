import { expect } from 'chai'
import type { Decision } from '../../src/decision/decision.ts'
import { imagesOf } from '../../src/pod/images.ts'
import { patchPod, type PatchOptions } from '../../src/pod/patch.ts'
import { createPatcher } from '../../src/pod/patcher.ts'
import { summarizePod } from '../../src/pod/summary.ts'

const image = 'quay.io/a/b:1'
const rewrite: Decision = { image, action: 'rewrite', reason: 'private', location: `proxy.example/${image}` }
const elsewhere: Decision = { ...rewrite, location: `other.example/${image}` }
const leave: Decision = { image, action: 'leave', reason: 'public' }
const options: PatchOptions = { pullSecret: 'my-app-registry', annotate: true }
const original = 'image-proxy-webhook/original-images'

function podOf(names: readonly string[], metadata: object = {}, spec: object = {}) {
  return { metadata, spec: { containers: names.map((name) => ({ name, image })), ...spec } }
}

describe('the patcher', () => {
  /** Each differs from the first in one thing that a patch depends on. */
  const cases: Readonly<Record<string, readonly [pod: object, decision?: Decision, options?: PatchOptions]>> = {
    'a Pod': [podOf(['api'])],
    'another decision': [podOf(['api']), elsewhere],
    'an image that is left alone': [podOf(['api']), leave],
    'another pull secret': [podOf(['api']), rewrite, { ...options, pullSecret: 'other' }],
    'a Pod whose secrets may not be changed': [podOf(['api']), rewrite, { ...options, pullSecret: undefined }],
    'a Pod whose annotations may not be changed': [podOf(['api']), rewrite, { ...options, annotate: false }],
    'a container of another name': [podOf(['web'])],
    'two containers': [podOf(['api', 'web'])],
    'an init container': [{ metadata: {}, spec: { initContainers: [{ name: 'api', image }] } }],
    'a second container': [podOf(['api'], {}, { containers: [{ name: 'none' }, { name: 'api', image }] })],
    'a Pod with annotations': [podOf(['api'], { annotations: { 'a/b': 'c' } })],
    'a Pod with nothing as its annotations': [podOf(['api'], { annotations: null })],
    'a Pod with no room for another annotation': [podOf(['api'], { annotations: { 'a/b': 'c'.repeat(262_100) } })],
    'a Pod with a recorded image': [podOf(['api'], { annotations: { [original]: '{"old":"quay.io/a/b:0"}' } })],
    'a Pod with another recorded image': [podOf(['api'], { annotations: { [original]: '{"old":"quay.io/a/c:0"}' } })],
    'a Pod without metadata': [{ spec: podOf(['api']).spec }],
    'a Pod with a pull secret': [podOf(['api'], {}, { imagePullSecrets: [{ name: 'theirs' }] })],
    'a Pod with two pull secrets': [podOf(['api'], {}, { imagePullSecrets: [{ name: 'theirs' }, { name: 'b' }] })],
    'a Pod with ours': [podOf(['api'], {}, { imagePullSecrets: [{ name: 'my-app-registry' }] })],
  }
  const patcher = createPatcher()
  const calls = Object.entries(cases).map(([what, [pod, decision = rewrite, asked = options]]) => {
    const outcomes = imagesOf(pod).map((position) => ({ position, decision }))
    return { what, of: [summarizePod(pod), outcomes, asked] as const }
  })
  for (const { of } of calls) patcher(...of)

  for (const { what, of } of calls) {
    it(`gives ${what} its own patch, whatever it patched before`, () => {
      expect(patcher(...of)).to.deep.equal(patchPod(...of))
    })
  }

  it('gives a Pod its own patch whose container has a name that reads like two containers', () => {
    const patch = (names: readonly string[]) => {
      const outcomes = imagesOf(podOf(names)).map((position) => ({ position, decision: rewrite }))
      return patcher(summarizePod(podOf(names)), outcomes, options).filter(({ path }) => path.endsWith('/image'))
    }
    expect(patch(['a', 'b'])).to.have.lengthOf(2)
    // The number by which the patcher knows a decision is small.
    for (let number = 0; number < 10; number++) {
      expect(patch([`a containers 1 ${number} b`]), `with the number ${number}`).to.have.lengthOf(1)
    }
  })

  it('gives Pods of a crowd one and the same patch', () => {
    const outcomes = imagesOf(podOf(['api'])).map((position) => ({ position, decision: rewrite }))
    const patch = () => patcher(summarizePod(podOf(['api'])), outcomes, options)
    expect(patch()).to.equal(patch())
  })

  it('keeps no patch of a Pod with very many images', () => {
    const pod = podOf(Array.from({ length: 20 }, () => 'c'))
    const outcomes = imagesOf(pod).map((position) => ({ position, decision: rewrite }))
    const patch = () => patcher(summarizePod(pod), outcomes, options)
    expect(patch()).not.to.equal(patch())
  })
})
