import type { Verdicts } from '../../src/decision/verdict.ts'
import { review } from '../support/podReviews.ts'

/** A review of a Pod with a container for each image, named c0, c1 and so on. */
export function podReview(...images: unknown[]): string {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }))
  return review({ object: { metadata: {}, spec: { containers } } })
}

/** What differs from the defaults of a handler whose verdicts are these. */
export function verdicts(
  anonymous: Verdicts['anonymous'],
  proxy: Verdicts['proxy'] = () => undefined,
): Partial<{ verdicts: Verdicts }> {
  return { verdicts: { anonymous, proxy } }
}
