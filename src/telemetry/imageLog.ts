import type { JudgedImage } from '../admission/judgeImages.ts'
import { createNumbering, memoize } from '../memoize.ts'
import { excerpt, rounded } from './fields.ts'
import type { Logger } from './log.ts'

/** Bytes of a line for its images, and of these for images that are none: whatever else is in a line has room beside. */
const longestImages = 12 * 1024
const longestInvalid = 3 * 1024

/** Bytes of one text. No reference is longer that a registry could serve; a container's name has 63 characters. */
const longestReference = 1024
const longestInvalidReference = 128
const longestName = 128

/** About as many characters of a line are kept to serve for further Pods. */
const longestKept = 4096
const fieldsLength = 200

/**
 * A logger whose lines carry the images of an admission. Pods come in crowds of the same: what was written out for the
 * first of them, which is most of the line, serves for the others.
 */
export function createImageLog(log: Logger): (images: readonly JudgedImage[]) => Logger {
  const numberOf = createNumbering()
  const write = (images: readonly JudgedImage[]) => log.child(described(images))
  const writeOnce = memoize((_key, images: readonly JudgedImage[]) => write(images))

  return (images) => {
    let key = ''
    let length = 0
    for (const { name, decision, cached } of images) {
      length += fieldsLength + name.length + decision.image.length + (decision.location?.length ?? 0)
      if (!cached || length > longestKept) return write(images)
      key += `${numberOf(decision)} ${name.length} ${name}`
    }
    return writeOnce(key, images)
  }
}

/** As many images as there is room for, in their order, and how many there are beside. */
function described(judged: readonly JudgedImage[]): { images: object[]; furtherImages?: number } {
  const images: object[] = []
  let left = longestImages
  let leftForInvalid = longestInvalid
  for (const image of judged) {
    const invalid = image.decision.reason === 'invalid-reference'
    if (left <= 0) break
    if (invalid && leftForInvalid <= 0) continue
    const fields = imageFields(image, invalid ? longestInvalidReference : longestReference)
    const bytes = Buffer.byteLength(JSON.stringify(fields))
    left -= bytes
    if (invalid) leftForInvalid -= bytes
    if (left >= 0 && (!invalid || leftForInvalid >= 0)) images.push(fields)
  }
  return images.length < judged.length ? { images, furtherImages: judged.length - images.length } : { images }
}

function imageFields({ name, decision, cached, milliseconds }: JudgedImage, longestImage: number): object {
  const { image, action, reason, location, rule, anonymous, proxy } = decision
  return {
    name: excerpt(name, longestName),
    image: excerpt(image, longestImage),
    decision: action,
    reason,
    location: location && excerpt(location, longestReference),
    rule: rule && excerpt(rule, longestReference),
    anonymous: anonymous?.access,
    anonymousReason: anonymous?.reason,
    proxy: proxy?.access,
    proxyReason: proxy?.reason,
    cached,
    // What was known already took no time: to look it up is part of the admission's own.
    milliseconds: cached ? 0 : rounded(milliseconds),
  }
}
