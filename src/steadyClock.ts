/**
 * Milliseconds since the epoch, by the machine's clock as it stood when the process started and the time that has passed
 * since. It never goes back: what was to live for seconds would otherwise live for as long as the clock was set back.
 */
export function steadyNow(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
