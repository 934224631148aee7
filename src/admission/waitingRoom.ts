import type { PodSummary } from '../pod/summary.ts'
import type { AdmissionRequest } from './review.ts'

/** Bytes that a review takes while it waits, and each of its images. */
const perReview = 8 * 1024
const perImage = 1024

/** Bytes that an image takes besides while it waits for a check, and how many of one review do so at once. */
const perCheck = 3 * 1024
const mostChecks = 256

/** Bytes of a review that is light: a Pod of a dozen images. What is larger cannot take the room of these. */
const light = 64 * 1024

/** A review of up to so many characters is taken to be kept as a whole: to count what is kept takes time of each. */
const short = 16 * 1024

/** Bytes that are kept of all light reviews together, and of all others. */
const mostOfLight = 16 * 1024 * 1024
const mostOfOthers = 12 * 1024 * 1024

/** Characters that a text of a list takes beside its own: 100 000 names are megabytes, however short. */
const perText = 32

/** Reviews that wait for registries at once. */
export interface WaitingRoom {
  /** The bytes that a review takes there. @param body its length */
  sizeOf(request: AdmissionRequest, body: number): number
  /** Whether there is room for one more, of this size. */
  hasRoomFor(size: number): boolean
  /** Takes that room. @returns what gives it back */
  enter(size: number): () => void
}

/**
 * Bounds how many reviews wait, and how much is kept of them meanwhile. Nothing of a Pod has been validated: each of its
 * names may have as many megabytes as a body, and a registry that never answers keeps them all for seconds. What an API
 * server would store comes nowhere near.
 * @param capacity reviews of any size
 */
export function createWaitingRoom(capacity: number): WaitingRoom {
  let waiting = 0
  const kept = { light: 0, others: 0 }
  return {
    sizeOf(request, body) {
      const images = request.pod?.images.length ?? 0
      const waiting = perImage * images + perCheck * Math.min(mostChecks, images)
      return perReview + waiting + (body > short ? 2 * keptOf(request) : body)
    },
    hasRoomFor: (size) =>
      waiting < capacity && (size <= light ? kept.light + size <= mostOfLight : kept.others + size <= mostOfOthers),
    enter(size) {
      const which = size <= light ? 'light' : 'others'
      waiting++
      kept[which] += size
      return () => {
        waiting--
        kept[which] -= size
      }
    },
  }
}

/** Characters, of which V8 may take two bytes for each. */
function keptOf({ pod, oldPod, uid, operation, kind, subResource, namespace, name, generateName }: AdmissionRequest) {
  const names = [uid, operation, kind, subResource, namespace, name, generateName]
  return names.reduce((sum, text) => sum + text.length, keptOfPod(pod) + keptOfPod(oldPod))
}

function keptOfPod(pod: PodSummary | undefined): number {
  if (pod === undefined) return 0
  let sum = pod.annotations?.original?.length ?? 0
  for (const { name, image } of pod.images) sum += 2 * perText + name.length + image.length
  for (const secret of pod.pullSecrets ?? []) sum += perText + (secret?.length ?? 0)
  for (const name of pod.ignoredContainers) sum += perText + name.length
  return sum
}
