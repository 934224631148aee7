import { expect } from 'chai'
import { handler } from '../support/admission.ts'
import { pending } from '../support/decisions.ts'
import { usedMemory } from '../support/heap.ts'
import { review } from '../support/podReviews.ts'

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
