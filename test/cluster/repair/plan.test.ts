import { expect } from 'chai'
import { type RepairPlan } from '../../../src/cluster/repair/plan.ts'
import { type PodOptions } from '../../support/podObjects.ts'

import { api, noteOf, plan, proxied, secret, stuck, type Answers } from './planning.ts'

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

  for (const secrets of [[], [secret]]) {
    it(`is left in audit mode, whether it names ${secrets.length === 0 ? 'no' : 'the'} pull secret or not`, () => {
      expect(plan({ secrets }, {}, { audit: true }).action).to.equal('none')
    })
  }
})
