/**
 * What `read` makes of the command line of this process. Prints the usage and ends with 0 where that is asked for; where
 * `read` throws, prints why, with the usage, and ends with 2.
 */
export function readArguments<Options>(usage: string, read: () => Options): Options {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    return read()
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(2)
  }
}

/** A number that somebody wrote for an option. Throws a sentence where it is none, or is not allowed. */
export function numberOf(option: string, written: string, isAllowed: (number: number) => boolean, allowed: string) {
  const number = written.trim() === '' ? NaN : Number(written)
  if (!isAllowed(number)) throw new Error(`${option} ${written}: expected ${allowed}`)
  return number
}
