/** Milliseconds of one turn of the event loop after which nothing more is read in it. */
const longest = 5

/** In the order in which they came. */
const waiting: (() => void)[] = []

/** The `performance.now()` at which something was read for the first time in this turn. */
let began: number | undefined

/**
 * Reads what has come from a registry: at once, or in a later turn of the event loop where this one has taken some
 * milliseconds already. What 64 KB of small frames or one handshake cost is little, but those of all connections along
 * which something has come are read in the same turn, before anybody else has one.
 * @returns whether it was read at once
 */
export function inTurn(read: () => void): boolean {
  const mustWait = waiting.length > 0 || isOver()
  if (mustWait) waiting.push(read)
  else read()
  return !mustWait
}

function isOver(): boolean {
  if (began !== undefined) return performance.now() - began > longest
  began = performance.now()
  setImmediate(nextTurn)
  return false
}

function nextTurn(): void {
  began = undefined
  readWaiting()
}

function readWaiting(): void {
  if (waiting.length === 0 || isOver()) return
  waiting.shift()?.()
  // Node.js hands on in ticks what it has read of a frame: they are to count as well.
  process.nextTick(readWaiting)
}
