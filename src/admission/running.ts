import { isOpen, type OpenImage } from '../decision/decide.ts'
import type { Decision } from '../decision/decision.ts'
import type { Rule } from '../decision/rules.ts'
import { readOriginals } from '../pod/annotation.ts'
import { keyOf, mostImages, type ImagePosition } from '../pod/images.ts'
import { mayBeLocation } from '../reference/location.ts'
import { tryParseReference, type Reference } from '../reference/reference.ts'
import type { AdmissionRequest } from './review.ts'

/**
 * Finds the images that an UPDATE must not change: those that the Pod already runs from where the webhook pointed them.
 * `kubectl apply` of an unchanged manifest sends the original image again, and what a registry or the proxy says at
 * that moment is no reason to replace a running container. An opt-out, or a rule that says `leave`, is a reason.
 *
 * @returns what is decided for an image. `open` tells what its name alone decides, which is asked only of an image whose
 * container there was before: undefined while the webhook does not know what to rewrite to. The annotation of the previous
 * Pod is enough even then.
 */
export function findRunning(
  { operation, pod, oldPod }: AdmissionRequest,
  ruleFor: (reference: Reference) => Rule | undefined,
): (position: ImagePosition, open: () => Decision | OpenImage | undefined) => Decision | undefined {
  if (operation !== 'UPDATE' || pod === undefined || oldPod === undefined) return () => undefined
  // Such a Pod is nobody's, and would be compared for long.
  if (oldPod.images.length > mostImages) return () => undefined
  const runs = new Map(oldPod.images.map((position) => [keyOf(position), position.image]))
  const originals = readOriginals(oldPod.annotations?.original)

  return (position, open) => {
    const { name, image } = position
    const location = runs.get(keyOf(position))
    if (location === undefined || pod.ignoredContainers.has(name)) return undefined
    const recorded = originals.get(name) === image && mayBeLocation(location, image)
    if (!recorded && locationOf(open()) !== location) return undefined
    const reference = tryParseReference(image)
    if ('fault' in reference || ruleFor(reference)?.action === 'leave') return undefined
    return { image, action: 'rewrite', reason: 'running', location }
  }
}

/** Where the webhook would point an image now, if anywhere. */
function locationOf(opened: Decision | OpenImage | undefined): string | undefined {
  if (opened === undefined) return undefined
  return isOpen(opened) ? opened.rewritten?.location : opened.location
}
