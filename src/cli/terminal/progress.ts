import type { CliContext } from './context.ts'

/** Milliseconds: what takes less needs no progress told, and a terminal is not written to more often. */
const first = 1000
const between = 200

/** What `work` returns for each item, all at once; a person at a terminal is told how many are done when it takes long. */
export async function withProgress<Item, Result>(
  items: readonly Item[],
  { stderr }: Pick<CliContext, 'stderr'>,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const terminal = stderr.columns !== undefined
  const state = { next: performance.now() + first, done: 0, hasWritten: false }

  function tell(): void {
    const now = performance.now()
    if (!terminal || now < state.next) return
    state.next = now + between
    state.hasWritten = true
    stderr.write(`\r${state.done} of ${items.length}`)
  }

  const results = await Promise.all(
    items.map(async (item) => {
      const result = await work(item)
      state.done++
      tell()
      return result
    }),
  )
  // The line is erased: what follows is the report itself.
  if (state.hasWritten) stderr.write('\r\x1b[K')
  return results
}
