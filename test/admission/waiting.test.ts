import { expect } from 'chai'
import type { AnonymousVerdict } from '../../src/decision/verdict.ts'
import { handler } from '../support/admission.ts'
import { anonymous, pending } from '../support/decisions.ts'
import { usedMemory } from '../support/heap.ts'
import { podReview, review } from '../support/podReviews.ts'

const mebibyte = 1024 * 1024

/** Reviews of 3.3 MiB, each by what makes it as large. */
const large: Readonly<Record<string, () => { metadata: object; spec: object }>> = {
  'an environment of many small variables': () => {
    const env = Array.from({ length: 60_000 }, (_, index) => ({
      name: `V${index}`,
      value: `text number ${index} of them`,
    }))
    return { metadata: {}, spec: { containers: [{ name: 'api', image: 'quay.io/my-org/api:1', env }] } }
  },
  'an annotation of somebody else': () => ({
    metadata: { annotations: { theirs: 'x'.repeat(3.3 * mebibyte) } },
    spec: { containers: [{ name: 'api', image: 'quay.io/my-org/api:1' }] },
  }),
  'a record of original images that no Pod may have': () => ({
    metadata: { annotations: { 'image-proxy-webhook/original-images': 'x'.repeat(3.3 * mebibyte) } },
    spec: { containers: [{ name: 'api', image: 'quay.io/my-org/api:1' }] },
  }),
}

describe('twenty reviews of 3.3 MiB that wait for a slow registry', () => {
  for (const [what, pod] of Object.entries(large)) {
    it(`keep less than 2 MiB together where they are large by ${what}`, async () => {
      const release = Promise.withResolvers<never>()
      const handle = handler({
        deadline: 60_000,
        admission: { verdicts: { anonymous: () => pending(release.promise), proxy: () => undefined } },
      })
      const body = review({ object: pod(), oldObject: pod() })
      const before = await usedMemory()
      const answers: Promise<unknown>[] = []
      // Each of them a text of its own.
      for (let count = 0; count < 20; count++) answers.push(handle(body + ' '.repeat(count)).catch(String))
      const kept = (await usedMemory()) - before
      release.reject(new Error('enough'))
      await Promise.all(answers)
      expect(kept / mebibyte).to.be.below(2)
    })
  }
})

/** Pods and requests of 3 MB, each of another, all of which the patch, the log or the answer would need. */
const needed: Readonly<Record<string, (index: number) => object>> = {
  'the name of a namespace': (index) => ({ namespace: `${index}${'n'.repeat(3e6)}` }),
  'the name of a Pod': (index) => ({ name: `${index}${'n'.repeat(3e6)}` }),
  'the name of a container': (index) => ({
    object: { spec: { containers: [{ name: `${index}${'n'.repeat(3e6)}`, image: 'quay.io/my-org/api:1' }] } },
  }),
  'an image that is no reference': (index) => ({
    object: {
      spec: {
        containers: [{ image: 'quay.io/my-org/api:1' }, { name: 'b', image: `${index}${'X'.repeat(3e6)}` }],
      },
    },
  }),
  'thousands of pull secrets': (index) => ({
    object: {
      spec: {
        containers: [{ image: 'quay.io/my-org/api:1' }],
        imagePullSecrets: Array.from({ length: 100_000 }, (_, at) => ({ name: `secret ${index} ${at}` })),
      },
    },
  }),
  'thousands of containers to be ignored': (index) => ({
    object: {
      metadata: {
        annotations: {
          'image-proxy-webhook/ignore-containers': Array.from({ length: 200_000 }, (_, at) => `${index}-${at}`).join(),
        },
      },
      spec: { containers: [{ image: 'quay.io/my-org/api:1' }] },
    },
  }),
}

describe('twenty reviews of megabytes that wait for a slow registry', () => {
  const object = { spec: { containers: [{ name: 'api', image: 'quay.io/my-org/api:1' }] } }
  const overloaded = ['image-proxy-webhook is overloaded: images are left alone']

  for (const [what, request] of Object.entries(needed)) {
    it(`keep less than 16 MiB together where they are large by ${what}`, async () => {
      const release = Promise.withResolvers<never>()
      const handle = handler({
        deadline: 60_000,
        admission: { verdicts: { anonymous: () => pending(release.promise), proxy: () => undefined } },
      })
      const before = await usedMemory()
      const answers = Array.from({ length: 20 }, (_, index) =>
        handle(review({ object, ...request(index) })).then(({ warnings }) => warnings),
      )
      const kept = (await usedMemory()) - before
      release.reject(new Error('enough'))
      await Promise.allSettled(answers)
      expect(kept / mebibyte).to.be.below(16)
    })
  }

  it('keep less than 16 MiB together where they are large by thousands of images', async () => {
    const release = Promise.withResolvers<AnonymousVerdict>()
    const handle = handler({
      deadline: 60_000,
      admission: { verdicts: { anonymous: () => pending(release.promise), proxy: () => undefined } },
    })
    const images = (index: number) => Array.from({ length: 5000 }, (_, at) => `r${at % 30}.io/a/b${index}:${at}`)
    const before = await usedMemory()
    const answers = Array.from({ length: 20 }, (_, index) => handle(podReview(images(index))))
    const kept = (await usedMemory()) - before
    release.resolve(anonymous('public'))
    await Promise.all(answers)
    expect(kept / mebibyte).to.be.below(16)
  })

  it('leave room for a small one, and the others are answered at once', async () => {
    const release = Promise.withResolvers<AnonymousVerdict>()
    const handle = handler({
      deadline: 60_000,
      admission: { verdicts: { anonymous: () => pending(release.promise), proxy: () => undefined } },
    })
    const large = (index: number) =>
      review({ object: { spec: { containers: [{ name: 'n'.repeat(3e6 + index), image: 'quay.io/my-org/api:1' }] } } })
    const waiting = [handle(large(0)), handle(large(1))]
    const third = await handle(large(2))
    const small = handle(review({ object }))
    release.resolve(anonymous('public'))
    const told = (await Promise.all([...waiting, small])).map(({ warnings }) => warnings)

    expect([third.warnings, ...told]).to.deep.equal([overloaded, [], [], []])
    expect((await handle(large(3))).warnings).to.deep.equal([])
  })
})
