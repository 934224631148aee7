/** Milliseconds; to end a connection takes one. */
const patience = 1000

/**
 * Ends every connection of `pools`, and with them the requests under way. Does not wait for the end of one for long: undici
 * never tells that of some whose HTTP/2 is broken, and whoever waited for it would end as if it had failed.
 */
export async function endPools(pools: Iterable<{ destroy(): Promise<void> }>): Promise<void> {
  const ended = Promise.allSettled(Array.from(pools, (pool) => pool.destroy()))
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, patience, undefined)
  await Promise.race([ended, late])
  clearTimeout(timer)
}
