import { createNumbering, memoize } from '../memoize.ts'
import type { DecidedImage } from './images.ts'
import { patchPod, type PatchOptions } from './patch.ts'
import type { PodSummary } from './summary.ts'

/** Pods of more images do not come in crowds; their patches are large, and none is kept. */
const mostImages = 16

/**
 * `patchPod` with its latest patches kept. Pods come in crowds of the same, and to make a patch and write it out is a
 * tenth of the work of a review. As long as a patch is kept it is the same object, so that what is made of it can be
 * kept with it.
 */
export function createPatcher(): typeof patchPod {
  const numberOf = createNumbering()
  const memoized = memoize(
    (_key, ...of: Parameters<typeof patchPod>) => patchPod(...of),
    // The patch, and its text in the answer.
    (patch) => 4 * JSON.stringify(patch).length,
  )

  /** Tells apart whatever `patchPod` reads; what is decided of an image, with the image, is told by its number. */
  function keyOf({ annotations, pullSecrets }: PodSummary, outcomes: readonly DecidedImage[], options: PatchOptions) {
    const { pullSecret, annotate } = options
    let key = `${pullSecret ?? ''} ${annotate} ${annotations?.form} ${annotations?.otherBytes}`
    key += ` ${JSON.stringify(annotations?.original)} ${JSON.stringify(pullSecrets)}`
    for (const { position, decision } of outcomes) {
      const { list, index, name } = position
      key += ` ${list} ${index} ${numberOf(decision)} ${name.length} ${name}`
    }
    return key
  }

  return (pod, outcomes, options) =>
    outcomes.length > mostImages
      ? patchPod(pod, outcomes, options)
      : memoized(keyOf(pod, outcomes, options), pod, outcomes, options)
}
