/** How many items are worked on before the clock is read again. */
export const few = 100
/** Milliseconds of work after which other requests get the event loop. */
const slice = 10

/**
 * Calls `work` for each item, in order, and waits for all of it. Where there are many, other requests have a turn now and
 * then. Returned at once where there are few and none has anything to wait for.
 */
export function mapInSlices<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result | Promise<Result>,
): readonly Result[] | Promise<readonly Result[]> {
  if (items.length > few) return mapMany(items, work)
  const results = items.map(work)
  return isSettled(results) ? results : Promise.all(results)
}

async function mapMany<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result | Promise<Result>,
): Promise<readonly Result[]> {
  const results: (Result | Promise<Result>)[] = []
  let started = performance.now()
  for (const item of items) {
    results.push(work(item))
    if (performance.now() - started < slice) continue
    await new Promise(setImmediate)
    started = performance.now()
  }
  return Promise.all(results)
}

function isSettled<Result>(results: readonly (Result | Promise<Result>)[]): results is readonly Result[] {
  return !results.some((result) => result instanceof Promise)
}

/** Calls each of `calls` once. Where there are many, what the first of them set off is done before the others come. */
export function callInSlices(calls: readonly (() => void)[], from = 0): void {
  for (const call of calls.slice(from, from + few)) call()
  if (from + few < calls.length) setImmediate(callInSlices, calls, from + few)
}
