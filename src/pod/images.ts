import type { Decision } from '../decision/decision.ts'
import { arrayAt, objectAt, textAt } from '../json.ts'

/** Where images live in a Pod's spec: KEP-277 adds the ephemeral containers, KEP-4639 the image volumes. */
const imageLists = ['initContainers', 'containers', 'ephemeralContainers', 'volumes'] as const
export type ImageList = (typeof imageLists)[number]

/**
 * What a gateway's manifest has as its image until Istio's own webhook puts the real one in. `reinvocationPolicy:
 * IfNeeded` brings the Pod back to us after that.
 */
const istioPlaceholder = 'auto'

/** More images than a Pod could have and be stored; what is above would cost memory and time that others need. */
export const mostImages = 5000

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

/**
 * Every image of a Pod that a registry is to serve, in the order of `imageLists`. Passed over are elements without an
 * image, those that are never pulled (the node has the image, under the name that is written), and Istio's placeholder.
 */
export function imagesOf(pod: unknown): ImagePosition[] {
  const spec = objectAt(pod, 'spec')
  const found: ImagePosition[] = []
  for (const list of imageLists) {
    const elements = arrayAt(spec, list)
    for (let index = 0; index < elements.length; index++) {
      const element = elements[index]
      const image = list === 'volumes' ? volumeImage(element) : containerImage(element)
      if (image === undefined || image === '') continue
      const name = textAt(element, 'name') ?? ''
      found.push({ list, index, name: list === 'volumes' ? `volume/${name}` : name, image })
    }
  }
  return found
}

function containerImage(container: unknown): string | undefined {
  const image = textAt(container, 'image')
  return image === istioPlaceholder || textAt(container, 'imagePullPolicy') === 'Never' ? undefined : image
}

function volumeImage(volume: unknown): string | undefined {
  const image = objectAt(volume, 'image')
  return textAt(image, 'pullPolicy') === 'Never' ? undefined : textAt(image, 'reference')
}

/**
 * The images of `pod` that `previous` does not have under the same name: all an UPDATE is about. `kubectl apply` of an
 * unchanged manifest sends the original image again, which differs from the rewritten one that runs.
 */
export function changedImages(
  images: readonly ImagePosition[],
  previous: readonly ImagePosition[],
): readonly ImagePosition[] {
  const before = new Map(previous.map((position) => [keyOf(position), position.image]))
  return images.filter((position) => before.get(keyOf(position)) !== position.image)
}

/** The key by which a container is found in another version of the same Pod. */
export function keyOf({ list, name }: ImagePosition): string {
  return `${list}/${name}`
}
