import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks `condition` again and again until it gives something else than undefined or false, and resolves with that. A
 * condition that throws counts as not met yet. Rejects after `seconds`, saying what was waited for and the last fault.
 */
export async function waitFor<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { seconds = 60 }: { seconds?: number } = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    let fault = ''
    try {
      const value = await condition()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      fault = `: ${error instanceof Error ? error.message : String(error)}`
    }
    if (Date.now() >= deadline) throw new Error(`waited ${seconds} s in vain for ${what}${fault}`)
    await pause(100)
  }
}
