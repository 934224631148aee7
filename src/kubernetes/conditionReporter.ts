import { LRUCache } from 'lru-cache'
import { withoutReason } from './apiError.ts'

/**
 * Tells of a fault when it begins, when it changes and when it ends, and not each time that it is met. One absence of
 * the API server is one fault, for whatever reason each request gets no answer.
 */
export interface ConditionReporter {
  /** @param sentence undefined where nothing is wrong (any more) */
  set(subject: string, sentence: string | undefined): void
}

/** Bounds what is remembered where subjects come from outside. */
const most = 1000

/** @param tell is told of each change, `undefined` meaning that nothing is wrong any more */
export function createConditionReporter(
  tell: (subject: string, sentence: string | undefined) => void,
): ConditionReporter {
  /** Of the subjects that something is wrong with. */
  const reporters = new LRUCache<string, ReturnType<typeof createFaultReporter>>({ max: most })
  return {
    set: (subject, sentence) => {
      const report =
        reporters.get(subject) ??
        createFaultReporter((change) => {
          tell(subject, change)
        })
      if (sentence === undefined) reporters.delete(subject)
      else reporters.set(subject, report)
      report(sentence)
    },
  }
}

/** The same of one subject. @returns `report(sentence)`, to be called each time that a fault is met, or none is */
export function createFaultReporter(
  tell: (sentence: string | undefined) => void,
): (sentence: string | undefined) => void {
  let present: string | undefined
  return (sentence) => {
    const condition = sentence && withoutReason(sentence)
    if (condition === present) return
    present = condition
    tell(sentence)
  }
}
