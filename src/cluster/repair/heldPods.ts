import type { Budget } from './budget.ts'

export interface HeldPodsOptions {
  readonly budget: Pick<Budget, 'left'>
  /** Whether the owner of this Pod allows nothing at this moment. */
  readonly isBusy: (uid: string) => boolean
  readonly goOn: (uid: string) => void
}

/** Pods that wait for their owner or the budget, by uid. */
export interface HeldPods {
  add(uid: string): void
  delete(uid: string): void
  /** Goes on with those whose owner allows it, in order and as far as the budget goes. */
  release(): void
}

export function createHeldPods({ budget, isBusy, goOn }: HeldPodsOptions): HeldPods {
  const held = new Set<string>()
  return {
    add: (uid) => {
      held.add(uid)
    },
    delete: (uid) => {
      held.delete(uid)
    },
    release() {
      let left = budget.left()
      for (const uid of held) {
        if (left < 1) return
        if (isBusy(uid)) continue
        held.delete(uid)
        goOn(uid)
        left--
      }
    },
  }
}
