import { expect } from 'chai'
import type { PullSecretState } from '../../src/admission/admission.ts'
import { handler } from '../support/admission.ts'
import { anonymous, proxy } from '../support/decisions.ts'
import { podReview, review } from '../support/podReviews.ts'

const verdicts = { anonymous: () => anonymous('private'), proxy: () => proxy('served') }

/** A review in which a Pod that has no pull secret gets `image`. */
function update(image: string, subResource?: string): string {
  const list = subResource === undefined ? 'containers' : 'ephemeralContainers'
  const pod = (image: string) => ({ metadata: {}, spec: { [list]: [{ name: 'main', image }] } })
  return review({
    operation: 'UPDATE',
    object: pod(image),
    oldObject: pod('redis'),
    ...(subResource !== undefined && { subResource }),
  })
}

describe('the pull secret of a namespace', () => {
  const states: readonly (readonly [state: PullSecretState, warning: RegExp | undefined])[] = [
    ['current', undefined],
    ['written', undefined],
    ['pending', undefined],
    ['foreign', /^the pull secret "my-app-registry" of this namespace was not made by image-proxy-webhook/],
    ['failed', /^the pull secret "my-app-registry" could not be brought to this namespace/],
    ['unavailable', /^the pull secret "my-app-registry" could not be brought to this namespace/],
  ]
  for (const [state, warning] of states) {
    for (const [when, answer] of [
      ['at once', state],
      ['later', Promise.resolve(state)],
    ] as const) {
      it(`is worth ${warning === undefined ? 'no' : 'a'} warning where it is ${state}, as told ${when}`, async () => {
        const { warnings, patch } = await handler({ admission: { verdicts, ensurePullSecret: () => answer } })(
          podReview(['quay.io/a/b']),
        )
        expect(patch).not.to.deep.equal([])
        if (warning === undefined) expect(warnings).to.deep.equal([])
        else expect(warnings.join()).to.match(warning)
      })
    }
  }
})

describe('the pull secret of a namespace in which a Pod is admitted', () => {
  /** The namespaces whose pull secret is seen to while a review is answered, and its patch. */
  async function ensuredFor(body: string, options: Parameters<typeof handler>[0] = {}) {
    const ensured: string[] = []
    const ensurePullSecret = (namespace: string): PullSecretState => {
      ensured.push(namespace)
      return 'current'
    }
    const { patch } = await handler({ ...options, admission: { verdicts, ensurePullSecret, ...options.admission } })(
      body,
    )
    return { ensured, isPatched: patch.length > 0 }
  }
  const object = { metadata: {}, spec: { containers: [{ name: 'main', image: 'quay.io/a/b' }] } }

  it('is seen to where the Pod is to pull with it', async () => {
    expect(await ensuredFor(review({ object }))).to.deep.equal({ ensured: ['ns'], isPatched: true })
  })

  it('is not touched by a dry run, which is answered like any other', async () => {
    expect(await ensuredFor(review({ object, dryRun: true }))).to.deep.equal({ ensured: [], isPatched: true })
  })

  it('is not touched in audit mode', async () => {
    const audit = { admission: { mode: 'audit' } } as const
    expect(await ensuredFor(review({ object }), audit)).to.deep.equal({ ensured: [], isPatched: false })
  })

  it('is not touched for a Pod of public images', async () => {
    const all = { admission: { verdicts: { anonymous: () => anonymous('public'), proxy: () => undefined } } }
    expect(await ensuredFor(review({ object }), all)).to.deep.equal({ ensured: [], isPatched: false })
  })
})

describe('a Pod that runs without the pull secret', () => {
  const images = ['quay.io/a/b', 'proxy.replicated.com/proxy/my-app/quay.io/a/b', 'registry.replicated.com/my-app/x:1']
  for (const image of images) {
    for (const subResource of [undefined, 'ephemeralcontainers']) {
      it(`keeps ${image} as it is, with a warning, in ${subResource ?? 'its containers'}`, async () => {
        const ensured: string[] = []
        const ensurePullSecret = (namespace: string): PullSecretState => {
          ensured.push(namespace)
          return 'current'
        }
        const answer = await handler({ admission: { verdicts, ensurePullSecret } })(update(image, subResource))

        expect(answer.patch).to.deep.equal([])
        expect(answer.warnings.join()).to.include('lacks the pull secret "my-app-registry"')
        expect(ensured).to.deep.equal([])
      })
    }
  }
})
