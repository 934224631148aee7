import { boundedConcurrency } from '../boundedConcurrency.ts'
import { isOpen } from '../decision/decide.ts'
import type { Decision } from '../decision/decision.ts'
import type { ImagePosition } from '../pod/images.ts'
import { judge, type JudgeOptions } from './judge.ts'
import type { findRunning } from './running.ts'
import { mapInSlices } from './slices.ts'

/** One image of an admitted Pod, for the log and the metrics. */
export interface JudgedImage {
  /** The container's name; `volume/NAME` for an image volume. */
  readonly name: string
  readonly decision: Decision
  /** Whether every verdict that the decision stands on was known already. */
  readonly cached: boolean
  readonly milliseconds: number
}

/**
 * Images of one Pod that wait for their checks at once, in all and of a registry: more than any Pod has that could run.
 * Each takes memory, and those of a registry that never answers wait until the deadline.
 */
const bounds = { most: 256, mostOfKind: 128 }

/**
 * Decides upon the images of one Pod, side by side: one that it runs already stays, one that its name leaves open is
 * judged.
 *
 * @param ignored the containers that opt out
 * @returns the images in the order of `positions`; at once where every verdict was known already
 */
export function judgeImages(
  positions: readonly ImagePosition[],
  ignored: ReadonlySet<string>,
  runningOf: ReturnType<typeof findRunning>,
  options: JudgeOptions,
): readonly JudgedImage[] | Promise<readonly JudgedImage[]> {
  const { decider } = options
  // A Pod with fewer images than one registry's bound cannot exceed it, and counting would cost 3 µs of each review.
  const waiting = positions.length > bounds.mostOfKind ? boundedConcurrency(bounds) : undefined
  const judgeOne = (position: ImagePosition): JudgedImage | Promise<JudgedImage> => {
    const { name, image } = position
    const started = performance.now()
    const judged = (decision: Decision, cached: boolean): JudgedImage => {
      return { name, decision, cached, milliseconds: performance.now() - started }
    }
    const opened = decider.open(image, ignored.has(name))
    const running = runningOf(position, () => opened)
    if (running !== undefined) return judged(running, true)
    if (!isOpen(opened)) return judged(opened, true)
    const decision = waiting
      ? waiting.run(opened.reference.domain, () => judge(opened, options))
      : judge(opened, options)
    return decision instanceof Promise ? decision.then((later) => judged(later, false)) : judged(decision, true)
  }
  return mapInSlices(positions, judgeOne)
}
