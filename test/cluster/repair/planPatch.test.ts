import { expect } from 'chai'
import jsonPatch from 'fast-json-patch'
import { type RepairPlan } from '../../../src/cluster/repair/plan.ts'
import type { JsonObject } from '../../../src/json.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

import { api, plan, proxied, secret, stuck, type Answers } from './planning.ts'

describe('A Pod that waits for an image and names the pull secret', () => {
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
