import { expect } from 'chai'
import jsonPatch from 'fast-json-patch'
import { createDecider } from '../../../src/decision/decide.ts'
import type { Decision } from '../../../src/decision/decision.ts'
import { planRepair, type RepairPlan } from '../../../src/cluster/repair/plan.ts'
import { readWaitingPod } from '../../../src/cluster/repair/waitingPod.ts'
import type { JsonObject } from '../../../src/json.ts'
import { createLocator } from '../../../src/reference/location.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

const secret = 'my-app-registry'
const proxied = 'proxy.replicated.com/proxy/my-app'
const proxy = {
  domain: 'proxy.replicated.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/proxy/{appSlug}/{image}',
}
const policy = { proxyPublicImages: false, onMissing: 'leave', onUnknown: 'leave', onUnverified: 'proxy' } as const
const rules = [
  { match: 'quay.io/customer/*', action: 'leave' },
  { match: 'quay.io/by-rule/*', action: 'proxy' },
] as const
const decider = createDecider({ ...policy, rules }, createLocator({ appSlug: 'my-app', proxy }))

/** What the image's registry and the proxy say of it; nothing of the proxy where it is not asked. */
type Answers = readonly ['public' | 'private' | 'missing' | 'unknown', ('served' | 'refused' | 'unknown')?]
const asVendors: Answers = ['private', 'served']

/** By the project's own decider, and the images' names for what their registries say. */
function decide(image: string, [own, behind]: Answers): Decision {
  const opened = decider.open(image, false)
  if ('action' in opened) return opened
  const verdict = { reason: 'unauthorized', checkedAt: 0, ttl: 0 } as const
  return decider.settle(opened, { ...verdict, access: own }, behind && { ...verdict, access: behind })
}

function plan(
  options: PodOptions,
  answers: Readonly<Record<string, Answers>> = {},
  { audit = false, mayReplace = true } = {},
): RepairPlan {
  const pod = readWaitingPod(podObject(options))
  if (pod === undefined) throw new Error('the Pod does not wait')
  const images = pod.summary.images.map(({ name, image }) => ({
    name,
    decision: decide(image, answers[name] ?? asVendors),
  }))
  const changes = images.some(({ decision }) => decision.action !== 'leave')
  const patch = changes && !audit ? [{}] : []
  return planRepair(pod, { images, patch }, { pullSecret: secret, appSlug: 'my-app', mayReplace })
}

function noteOf(found: RepairPlan): string {
  return 'note' in found ? (found.note ?? '') : ''
}

const api = 'quay.io/my-org/api:1'
const stuck = 'ImagePullBackOff'

describe('A Pod that waits for an image', () => {
  describe('that names no pull secret', () => {
    const cases: readonly (readonly [string, RepairPlan['action'], PodOptions, Record<string, Answers>?])[] = [
      ['is replaced where the proxy serves the image', 'replace', {}],
      ['is replaced where a rule says so', 'replace', { containers: [{ image: 'quay.io/by-rule/a:1', state: stuck }] }],
      ['is replaced where the proxy is not to be asked', 'replace', {}, { main: ['private'] }],
      ['is looked at later where the proxy cannot be asked', 'later', {}, { main: ['private', 'unknown'] }],
      ['is looked at later where nobody can be asked', 'later', {}, { main: ['unknown', 'unknown'] }],
      [
        'is looked at later where its registry misses the image and the proxy cannot be asked',
        'later',
        {},
        { main: ['missing', 'unknown'] },
      ],
      ['is left where its image is public', 'none', {}, { main: ['public'] }],
      ['is left where a rule says so', 'none', { containers: [{ image: 'quay.io/customer/a:1', state: stuck }] }],
      ['is reported where nobody can pull its image', 'report', {}, { main: ['private', 'refused'] }],
      ['is reported where nothing would make it anew', 'report', { owner: '' }],
      [
        'is replaced where its image is the own application’s behind the proxy',
        'replace',
        { containers: [{ image: `${proxied}/quay.io/a/b:1`, state: stuck }] },
      ],
      [
        'is replaced where the own application’s registry hosts its image',
        'replace',
        { containers: [{ image: 'registry.replicated.com/my-app/web:1', state: stuck }] },
      ],
      [
        'is left where its image is another application’s behind the proxy',
        'none',
        { containers: [{ image: 'proxy.replicated.com/proxy/my-app2/quay.io/a/b:1', state: stuck }] },
      ],
      [
        'is left where its image is another application’s in the registry',
        'none',
        { containers: [{ image: 'registry.replicated.com/other/web:1', state: stuck }] },
      ],
      [
        'is replaced where an image that others see is waited for besides',
        'replace',
        { containers: [{ state: stuck }, { name: 'b', image: 'redis:7', state: stuck }] },
        { b: ['public'] },
      ],
      [
        'is reported where another of its images cannot be pulled',
        'report',
        { containers: [{ state: stuck }, { name: 'b', state: stuck }] },
        { b: ['missing', 'refused'] },
      ],
      [
        'is looked at later where the proxy cannot be asked for another of its images',
        'later',
        { containers: [{ state: stuck }, { name: 'b', state: stuck }] },
        { b: ['private', 'unknown'] },
      ],
      [
        'is replaced where an image that nobody can pull is not waited for yet',
        'replace',
        { initContainers: [{ name: 'i', state: stuck }], containers: [{ state: 'PodInitializing' }] },
        { main: ['private', 'refused'] },
      ],
      [
        'is left where the image that would be rewritten is there already',
        'none',
        {
          containers: [
            { name: 'a', state: 'running' },
            { image: 'redis:8', state: stuck },
          ],
        },
        { main: ['public'] },
      ],
      [
        'is reported where a regular container has run',
        'report',
        { containers: [{ state: stuck }, { name: 'b', state: 'running' }] },
      ],
      [
        'is reported where a sidecar runs',
        'report',
        { initContainers: [{ name: 's', isSidecar: true, state: 'running' }] },
      ],
      [
        'is replaced where only an init container has run',
        'replace',
        { initContainers: [{ name: 'i', state: 'ended' }] },
      ],
    ]
    for (const [what, action, options, answers] of cases) {
      it(what, () => {
        expect(plan(options, answers).action).to.equal(action)
      })
    }

    it('is reported, and not replaced, where the API server alone can judge whether it is covered', () => {
      const found = plan({}, {}, { mayReplace: false })
      expect([found.action, noteOf(found).includes('webhook.matchConditions')]).to.deep.equal(['report', true])
    })

    it('is told, where nothing would make it anew, what to do', () => {
      expect(noteOf(plan({ owner: '' }))).to.equal(
        `Pod api-1 waits for "${api}", to be pulled with the secret "${secret}" that it does not name; ` +
          'nothing makes it anew: delete and create it again, or name that secret in the imagePullSecrets of its manifest',
      )
    })

    it('is told why nobody can pull its image', () => {
      expect(noteOf(plan({}, { main: ['missing', 'refused'] }))).to.include('the license does not grant it')
    })
  })

  describe('that names the pull secret', () => {
    const named = { secrets: [secret] }
    const cases: readonly (readonly [string, RepairPlan['action'], PodOptions, Record<string, Answers>?])[] = [
      ['is patched where the proxy serves the image', 'patch', {}],
      ['is patched where nothing would make it anew', 'patch', { owner: '' }],
      ['is patched where a Job owns it', 'patch', { owner: 'Job', apiVersion: 'batch/v1' }],
      [
        'is patched where another container has run',
        'patch',
        { containers: [{ state: stuck }, { name: 'b', state: 'running' }] },
      ],
      [
        'is patched where another of its images cannot be pulled',
        'patch',
        { containers: [{ state: stuck }, { name: 'b', state: stuck }] },
        { b: ['private', 'refused'] },
      ],
      ['is looked at later where the proxy cannot be asked', 'later', {}, { main: ['private', 'unknown'] }],
      [
        'is left where its image is behind the proxy already',
        'none',
        { containers: [{ image: `${proxied}/${api}`, state: stuck }] },
      ],
      [
        'is replaced where an image volume is to be changed, which nobody can',
        'replace',
        {
          containers: [{ image: 'redis:7', state: stuck, mounts: ['v'] }],
          volumes: [{ name: 'v', image: { reference: api } }],
        },
        { main: ['public'] },
      ],
      [
        'is reported where an image volume is to be changed and nothing would make it anew',
        'report',
        {
          owner: '',
          containers: [{ state: stuck, mounts: ['v'] }],
          volumes: [{ name: 'v', image: { reference: api } }],
        },
      ],
    ]
    for (const [what, action, options, answers] of cases) {
      it(what, () => {
        expect(plan({ ...named, ...options }, answers).action).to.equal(action)
      })
    }

    it('is patched even where the API server alone can judge whether it is covered', () => {
      expect(plan(named, {}, { mayReplace: false }).action).to.equal('patch')
    })

    /** The images of the Pod after its patch, and its annotations. */
    function patched(options: PodOptions, answers?: Record<string, Answers>) {
      const object = podObject({ ...named, ...options })
      const found = plan({ ...named, ...options }, answers)
      if (found.action !== 'patch') throw new Error(found.action)
      const after = jsonPatch.applyPatch(structuredClone(object), found.operations, true).newDocument as {
        metadata: JsonObject
        spec: Record<string, { image: string }[]>
      }
      const imagesIn = (list: string) => after.spec[list]?.map(({ image }) => image)
      return {
        init: imagesIn('initContainers'),
        main: imagesIn('containers'),
        annotations: after.metadata['annotations'],
        note: found.note,
      }
    }

    it('has the images changed of each container that has not started, and of no other', () => {
      const found = patched(
        {
          metadata: { annotations: { 'example.com/kept': 'yes' } },
          initContainers: [
            { name: 'done', state: 'ended' },
            { name: 'next', image: 'quay.io/my-org/next:1', state: stuck },
          ],
          containers: [{ state: 'PodInitializing' }, { name: 'open', image: 'redis:7', state: 'PodInitializing' }],
        },
        { open: ['public'] },
      )
      expect(found).to.deep.equal({
        init: [api, `${proxied}/quay.io/my-org/next:1`],
        main: [`${proxied}/${api}`, 'redis:7'],
        annotations: {
          'example.com/kept': 'yes',
          'image-proxy-webhook/original-images': JSON.stringify({ next: 'quay.io/my-org/next:1', main: api }),
        },
        note: undefined,
      })
    })

    it('keeps its image volumes, which nobody can change', () => {
      const { main } = patched({ volumes: [{ name: 'v', image: { reference: api } }] })
      expect(main).to.deep.equal([`${proxied}/${api}`])
    })

    it('is told what is left where another of its images cannot be pulled', () => {
      const { main, note } = patched(
        { containers: [{ state: stuck }, { name: 'b', image: 'quay.io/theirs/b:1', state: stuck }] },
        { b: ['private', 'refused'] },
      )
      expect(main).to.deep.equal([`${proxied}/${api}`, 'quay.io/theirs/b:1'])
      expect(note).to.include('quay.io/theirs/b:1')
    })

    it('is not changed where it is another Pod by now, or has another image', () => {
      const found = plan(named)
      const operations = found.action === 'patch' ? found.operations : []
      const apply = (object: JsonObject) => () => jsonPatch.applyPatch(structuredClone(object), operations, true)
      expect(apply(podObject({ ...named, uid: 'other' }))).to.throw(/test/i)
      expect(apply(podObject({ ...named, containers: [{ image: 'quay.io/my-org/api:2' }] }))).to.throw(/test/i)
      expect(apply(podObject(named))).not.to.throw()
    })
  })

  for (const secrets of [[], [secret]]) {
    it(`is left in audit mode, whether it names ${secrets.length === 0 ? 'no' : 'the'} pull secret or not`, () => {
      expect(plan({ secrets }, {}, { audit: true }).action).to.equal('none')
    })
  }
})
