/**
 * The longest time, in milliseconds of this thread's processor, for which `work` lets nothing else have a turn. Time in
 * which the machine did something else does not count.
 */
export async function longestStretch(work: () => unknown): Promise<number> {
  let isOver = false
  let longest = 0
  let last = threadTime()
  const tick = () => {
    const now = threadTime()
    longest = Math.max(longest, now - last)
    last = now
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  await new Promise(setImmediate)
  longest = 0
  await work()
  // One more turn, for what follows from the work's last step.
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  isOver = true
  return longest
}

/** Milliseconds of this thread's processor. */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
