/** How many there are in all, and of each key. */
export interface Counts<Key> {
  readonly all: number
  of(key: Key): number
  /** Counts one that has these keys, each of them once. */
  add(keys: readonly Key[]): void
  /** It must have been added. */
  remove(keys: readonly Key[]): void
}

/** Keys of which there are none take no memory. */
export function createCounts<Key>(): Counts<Key> {
  const counts = new Map<Key, number>()
  let all = 0

  function change(keys: readonly Key[], by: 1 | -1): void {
    all += by
    for (const key of keys) {
      const count = (counts.get(key) ?? 0) + by
      if (count === 0) counts.delete(key)
      else counts.set(key, count)
    }
  }

  return {
    get all() {
      return all
    },
    of: (key) => counts.get(key) ?? 0,
    add: (keys) => {
      change(keys, 1)
    },
    remove: (keys) => {
      change(keys, -1)
    },
  }
}
