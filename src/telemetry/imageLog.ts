import type { JudgedImage } from '../admission/admission.ts'
import type { Decision } from '../decision/decision.ts'
import { memoize } from '../memoize.ts'
import { excerpt, rounded } from './fields.ts'
import type { Logger } from './log.ts'

/** More images than any Pod has that could run. */
const mostImages = 100

/**
 * A logger whose lines carry the images of an admission. Pods come in crowds of the same: what was written out for the
 * first of them, which is most of the line, serves for the others.
 */
export function createImageLog(log: Logger): (images: readonly JudgedImage[]) => Logger {
  const numbers = new WeakMap<Decision, number>()
  let last = 0

  function numberOf(decision: Decision): number {
    const known = numbers.get(decision)
    if (known !== undefined) return known
    numbers.set(decision, ++last)
    return last
  }

  const write = (images: readonly JudgedImage[]) =>
    log.child({
      images: images.slice(0, mostImages).map(described),
      ...(images.length > mostImages ? { furtherImages: images.length - mostImages } : {}),
    })
  const writeOnce = memoize((_key, images: readonly JudgedImage[]) => write(images))

  return (images) => {
    let key = ''
    for (const { name, decision, cached } of images) {
      if (!cached) return write(images)
      key += `${numberOf(decision)} ${name.length} ${name}`
    }
    return writeOnce(key, images)
  }
}

function described({ name, decision, cached, milliseconds }: JudgedImage): object {
  const { image, action, reason, location, rule, anonymous, proxy } = decision
  return {
    name: excerpt(name),
    image: excerpt(image),
    decision: action,
    reason,
    location: location && excerpt(location),
    rule,
    anonymous: anonymous?.access,
    anonymousReason: anonymous?.reason,
    proxy: proxy?.access,
    proxyReason: proxy?.reason,
    cached,
    // What was known already took no time: to look it up is part of the admission's own.
    milliseconds: cached ? 0 : rounded(milliseconds),
  }
}
