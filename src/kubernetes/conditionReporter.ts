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
  const present = new LRUCache<string, string>({ max: most })
  return {
    set: (subject, sentence) => {
      const condition = sentence && withoutReason(sentence)
      if (present.get(subject) === condition) return
      if (condition === undefined) present.delete(subject)
      else present.set(subject, condition)
      tell(subject, sentence)
    },
  }
}
