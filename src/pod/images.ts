import type { Decision } from '../decision/decision.ts'
import { arrayAt, objectAt, textAt } from '../json.ts'

/** Where images live in a Pod's spec: KEP-277 adds the ephemeral containers, KEP-4639 the image volumes. */
export const imageLists = ['initContainers', 'containers', 'ephemeralContainers', 'volumes'] as const
export type ImageList = (typeof imageLists)[number]

/** One image of a Pod. */
export interface ImagePosition {
  readonly list: ImageList
  readonly index: number
  /** The container's name; `volume/NAME` for an image volume. */
  readonly name: string
  readonly image: string
}

/** One image of a Pod, and what was decided for it. */
export interface DecidedImage {
  readonly position: ImagePosition
  readonly decision: Decision
}

/** Every image of a Pod in the order of `imageLists`; an element without an image is passed over. */
export function imagesOf(pod: unknown): ImagePosition[] {
  const spec = objectAt(pod, 'spec')
  const found: ImagePosition[] = []
  for (const list of imageLists) {
    const elements = arrayAt(spec, list)
    for (let index = 0; index < elements.length; index++) {
      const element = elements[index]
      const image = list === 'volumes' ? textAt(objectAt(element, 'image'), 'reference') : textAt(element, 'image')
      if (image === undefined || image === '') continue
      const name = textAt(element, 'name') ?? ''
      found.push({ list, index, name: list === 'volumes' ? `volume/${name}` : name, image })
    }
  }
  return found
}

/**
 * The images of `pod` that `previous` does not have under the same name: all an UPDATE is about. `kubectl apply` of an
 * unchanged manifest sends the original image again, which differs from the rewritten one that runs.
 */
export function changedImages(pod: unknown, previous: unknown): ImagePosition[] {
  const before = new Map(imagesOf(previous).map((position) => [keyOf(position), position.image]))
  return imagesOf(pod).filter((position) => before.get(keyOf(position)) !== position.image)
}

function keyOf({ list, name }: ImagePosition): string {
  return `${list}/${name}`
}
