import { expect } from 'chai'
import type { Verdicts } from '../../src/decision/verdict.ts'
import type { AnonymousVerdict } from '../../src/decision/verdict.ts'
import type { Reference } from '../../src/reference/reference.ts'
import { handler } from '../support/admission.ts'
import { anonymous, pending, proxy } from '../support/decisions.ts'
import { longestStretch, threadTime } from '../support/eventLoop.ts'
import { podReview, review } from '../support/podReviews.ts'

function imagesOf(registry: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${registry}/team/app:${index}`)
}

/** Registries that answer when they are told to, and what they were asked. */
function slowRegistries() {
  const asked: string[] = []
  const answers: (() => void)[] = []
  return {
    asked,
    anonymous: (reference: Reference) => {
      asked.push(reference.domain)
      return pending(
        new Promise<AnonymousVerdict>((resolve) =>
          answers.push(() => {
            resolve(anonymous('private'))
          }),
        ),
      )
    },
    async answerAll() {
      for (const answer of answers.splice(0)) answer()
      await new Promise(setImmediate)
    },
  }
}

describe('a Pod with very many images', () => {
  it('has 16 of a registry asked for at once, so that other Pods have their turn there', async () => {
    const { asked, anonymous, answerAll } = slowRegistries()
    const answer = handler({ admission: { verdicts: { anonymous, proxy: () => proxy('served') } } })(
      podReview(imagesOf('quay.io', 40)),
    )
    const atFirst = asked.length
    await answerAll()
    const then = asked.length
    await answerAll()
    await answerAll()

    expect([atFirst, then, asked.length]).to.deep.equal([16, 32, 40])
    expect((await answer).patch.filter(({ op }) => op === 'replace')).to.have.lengthOf(40)
  })

  it('has 64 asked for at once in all', () => {
    const { asked, anonymous } = slowRegistries()
    void handler({ admission: { verdicts: { anonymous, proxy: () => undefined } } })(
      podReview(Array.from({ length: 10 }, (_, index) => imagesOf(`r${index}.example`, 10)).flat()),
    )

    expect(asked).to.have.lengthOf(64)
  })

  it('has the images of one registry asked for while another keeps it waiting', () => {
    const { asked, anonymous } = slowRegistries()
    void handler({ admission: { verdicts: { anonymous, proxy: () => undefined } } })(
      podReview([...imagesOf('quay.io', 40), 'ghcr.io/team/app']),
    )

    expect(asked.filter((domain) => domain === 'ghcr.io')).to.have.lengthOf(1)
  })

  it('asks no registry any more when its deadline has passed, and takes what the proxy is known to serve', async () => {
    const { asked, anonymous, answerAll } = slowRegistries()
    const verdicts = { anonymous, proxy: () => proxy('served') }
    const { patch } = await handler({ deadline: 20, admission: { verdicts } })(podReview(imagesOf('quay.io', 40)))
    await answerAll()

    expect(asked).to.have.lengthOf(16)
    expect(patch.filter(({ op }) => op === 'replace')).to.have.lengthOf(40)
  })

  it('asks the proxy for no more than 16 at once, and for nothing more when its deadline has passed', async () => {
    let asked = 0
    const verdicts = {
      anonymous: () => anonymous('missing'),
      proxy: () => {
        asked++
        return pending()
      },
    }
    const { patch, warnings } = await handler({ deadline: 20, admission: { verdicts } })(
      podReview(imagesOf('quay.io', 40)),
    )

    expect([asked, patch]).to.deep.equal([16, []])
    expect(warnings.at(-1)).to.equal('and 25 more of this kind: see the log')
  })

  it('ceases to count for what others wait for as soon as it has its answer', async () => {
    const askers: unknown[] = []
    const verdicts: Verdicts = {
      anonymous: (_reference, asker) => {
        askers.push(asker)
        return pending(Promise.resolve(anonymous('public')))
      },
      proxy: () => undefined,
      leave: (asker) => askers.push('left', asker),
    }
    await handler({ admission: { verdicts } })(podReview(['quay.io/team/app:1']))

    expect(askers).to.deep.equal([askers[0], 'left', askers[0]])
  })

  it('is told what is known already, however late it is', async () => {
    const verdicts = { anonymous: () => anonymous('private'), proxy: () => proxy('served') }
    const { patch } = await handler({ admission: { verdicts } })(podReview(imagesOf('quay.io', 40)), 0)

    expect(patch.filter(({ op }) => op === 'replace')).to.have.lengthOf(40)
  })

  it('is left alone with a warning where it has more than any Pod could, and nobody is asked', async () => {
    const asked = () => {
      throw new Error('asked')
    }
    const answer = await handler({ admission: { verdicts: { anonymous: asked, proxy: asked } } })(
      podReview(imagesOf('quay.io', 5001)),
    )

    expect(answer).to.deep.include({ status: 200, allowed: true, patch: [] })
    expect(answer.warnings).to.deep.equal([
      'this Pod has 5001 images: they are left alone, for image-proxy-webhook looks at 5000 at the most',
    ])
  })
})

/** A review of so many images on 5 registries. */
function reviewOf(count: number): string {
  return podReview(Array.from({ length: count }, (_, index) => `registry${index % 5}.example/team/app${index}:1`))
}

/** Reviews of megabytes, each with much of something that nobody has so much of. */
const absurd: Readonly<Record<string, () => string>> = {
  'a Pod of 150 000 annotations': () => {
    const annotations = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`key-${index}`, 'v']))
    const spec = { containers: [{ name: 'app', image: 'quay.io/my-org/api:v1.0.1' }] }
    return review({ object: { metadata: { annotations }, spec } })
  },
  'a Pod of 70 000 images': () => review({ object: podOf(70_000, (index) => `quay.io/my-org/api:${index}`) }),
  'a Pod of 30 000 images that all run already': () => {
    const [object, oldObject] = ['', 'proxy.replicated.com/proxy/my-app/'].map((prefix) =>
      podOf(30_000, (index) => `${prefix}quay.io/my-org/api:${index}`),
    )
    return review({ operation: 'UPDATE', object, oldObject })
  },
  'an image of 5 million characters': () =>
    review({ object: podOf(1, () => `${'registry.'.repeat(550_000)}example/my-org/api:1`) }),
  'images of 64 000 characters': () =>
    review({ object: podOf(80, (index) => `r${index}.${'registry.'.repeat(7000)}example/my-org/api:1`) }),
}

function podOf(count: number, image: (index: number) => string) {
  const containers = Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: image(index) }))
  const record = Object.fromEntries(containers.slice(0, 5000).map(({ name, image }) => [name, image]))
  return {
    metadata: { annotations: { 'image-proxy-webhook/original-images': JSON.stringify(record) } },
    spec: { containers },
  }
}

describe('a review of megabytes lets others have a turn every 50 ms beyond the parsing of its body', () => {
  const handlers = {
    'that is decided upon': () => handler(),
    'that comes on top of the capacity': () => handler({ capacity: 0 }),
    'that comes before there is a license': () => handler({ admission: { ruling: () => undefined } }),
  }
  const stretches = async (work: () => unknown) => {
    const times: number[] = []
    for (let round = 0; round < 3; round++) times.push(await longestStretch(work))
    return Math.min(...times)
  }
  for (const [what, make] of Object.entries(absurd)) {
    for (const [how, start] of Object.entries(handlers)) {
      // Only images are looked at in all three.
      if (!/\d images/.test(what) && start !== handlers['that is decided upon']) continue
      it(`with ${what}, ${how}`, async () => {
        const [body, handle] = [make(), start()]
        const parsing = await stretches(() => JSON.parse(body) as unknown)
        expect(await stretches(() => handle(body))).to.be.below(parsing + 50)
      })
    }
  }
})

describe('a Pod of 5 000 images on 5 registries', () => {
  const body = reviewOf(5000)
  const later = <V>(verdict: V) => pending(new Promise<V>((resolve) => setTimeout(resolve, 1, verdict)))
  const cases: [what: string, Verdicts, deadline: number][] = [
    ['are known', { anonymous: () => anonymous('private'), proxy: () => proxy('served') }, 20_000],
    ['come later', { anonymous: () => later(anonymous('private')), proxy: () => later(proxy('served')) }, 20_000],
    [
      'come later, and each has a warning',
      { anonymous: () => later(anonymous('missing')), proxy: () => undefined },
      20_000,
    ],
    ['never come', { anonymous: () => pending(), proxy: () => pending() }, 300],
  ]
  for (const [what, verdicts, deadline] of cases) {
    it(`lets others have a turn every 50 ms beyond the parsing of its body where verdicts ${what}`, async () => {
      const handle = handler({ deadline, admission: { verdicts } })
      const parsing = await longestStretch(() => JSON.parse(body) as unknown)
      expect(await longestStretch(() => handle(body))).to.be.below(parsing + 50)
    })
  }

  it('takes five times the work of one of 1 000', async () => {
    const verdicts: Verdicts = { anonymous: () => later(anonymous('private')), proxy: () => later(proxy('served')) }
    const handle = handler({ deadline: 20_000, admission: { verdicts } })
    const small = reviewOf(1000)
    const work = async (review: string) => {
      const before = threadTime()
      await handle(review)
      return threadTime() - before
    }
    for (let round = 0; round < 3; round++) await work(small)
    const of1000 = await work(small)
    expect(await work(body)).to.be.below(2 * 5 * of1000)
  })
})
