const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

type Unit = keyof typeof milliseconds

/** 24 days in milliseconds: Node's timers hold 31 bits, and a longer delay would fire at once. */
export const longestDuration = 24 * milliseconds.d

const whole = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const part = /(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)/g

/**
 * Reads a duration as Go writes it, such as `2500ms` or `1h30m`, with `d` for days; `0` needs no unit.
 *
 * @returns whole milliseconds, or undefined where the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!whole.test(text)) return undefined
  let total = 0
  for (const { groups } of text.matchAll(part)) {
    total += Number(groups?.['amount']) * milliseconds[groups?.['unit'] as Unit]
  }
  return Math.round(total)
}
