import { campaign, type Leader, type LeaderOptions } from '../kubernetes/leader.ts'

/** Chooses the one replica that does what must not be done twice. No Lease is asked for before something needs a leader. */
export interface Leadership {
  leading(): boolean
  /** Calls `listener` at the end of each of this replica's terms, and at the beginning of each, the present one included. */
  follow(listener: (leading: boolean) => void): void
  /** Resigns, so that another replica need not wait. */
  stop(): Promise<void>
}

/** @param options with an `onChange` that is called before all others */
export function createLeadership(options: LeaderOptions): Leadership {
  const listeners: ((leading: boolean) => void)[] = []
  let leader: Leader | undefined

  return {
    leading: () => leader?.leading() ?? false,
    follow(listener) {
      listeners.push(listener)
      if (leader?.leading()) listener(true)
      leader ??= campaign({
        ...options,
        onChange: (leading) => {
          options.onChange?.(leading)
          for (const listener of listeners) listener(leading)
        },
      })
    },
    stop: async () => leader?.stop(),
  }
}
