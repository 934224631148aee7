/** How much may be under way at once: in all, and of one kind. */
export interface Bounds {
  readonly most: number
  readonly mostOfKind: number
}

type Start<Item> = (item: Item, index: number) => Promise<void> | undefined

/**
 * Starts `start` for each item, in order, and makes those wait that would be too many at once; items of another kind go
 * before them. `start` returns nothing where it is done at once.
 * @returns undefined where nothing had to be waited for, else what resolves when all is done. Rejects where one rejects.
 */
export function boundedConcurrency<Item>(
  items: readonly Item[],
  kindOf: (item: Item) => string,
  start: Start<Item>,
  bounds: Bounds,
): Promise<unknown> | undefined {
  if (items.length > bounds.mostOfKind) return takeTurns(items, kindOf, start, bounds)
  const waits = items.map(start).filter((wait) => wait !== undefined)
  return waits.length === 0 ? undefined : Promise.all(waits)
}

function takeTurns<Item>(
  items: readonly Item[],
  kindOf: (item: Item) => string,
  start: Start<Item>,
  { most, mostOfKind }: Bounds,
): Promise<void> | undefined {
  const ofKind = new Map<string, number>()
  let running = 0
  let waiting = [...items.entries()].filter((item) => !startIfRoom(item))
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
  if (running === 0) return undefined
  return new Promise((resolve, reject) => {
    settle = { resolve, reject }
  })

  function startIfRoom([index, item]: [number, Item]): boolean {
    const kind = kindOf(item)
    if (running >= most || countOf(kind) >= mostOfKind) return false
    const wait = start(item, index)
    if (wait === undefined) return true
    running++
    ofKind.set(kind, countOf(kind) + 1)
    wait.then(
      () => {
        running--
        ofKind.set(kind, countOf(kind) - 1)
        waiting = waiting.filter((next) => !startIfRoom(next))
        if (running === 0) settle?.resolve()
      },
      (error: unknown) => settle?.reject(error),
    )
    return true
  }

  function countOf(kind: string): number {
    return ofKind.get(kind) ?? 0
  }
}
