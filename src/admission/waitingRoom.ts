import type { PodSummary } from '../pod/summary.ts'
import type { AdmissionRequest } from './review.ts'

/** A review of up to so many characters, or of which no more is kept, counts by number alone and not by size. */
const light = 16 * 1024

/** Characters that are kept of all larger reviews together. */
const mostKept = 8 * 1024 * 1024

/** Characters that a text of a list takes beside its own: 100 000 names are megabytes, however short. */
const perText = 32

/** Reviews that wait for registries at once. */
export interface WaitingRoom {
  /** What a review takes there: 0 where it finds room beside any others. @param body its length */
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
  let kept = 0
  return {
    sizeOf(request, body) {
      // What is kept is counted only where there is much to count: that takes time of each review.
      const size = body > light ? keptOf(request) : 0
      return size > light ? size : 0
    },
    hasRoomFor: (size) => waiting < capacity && (size === 0 || kept + size <= mostKept),
    enter(size) {
      waiting++
      kept += size
      return () => {
        waiting--
        kept -= size
      }
    },
  }
}

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
