import { pino } from 'pino'

/** What pino writes lines to. */
export interface LineWriter {
  write(line: string): void
  /** Writes what is held back, before it returns. */
  flush(): void
}

/** What lies beneath: pino's `destination`. */
export interface Output {
  write(piece: string): void
  flushSync(): void
}

/** Characters; as many as a pipe holds, because waking the thread that writes costs more than to make a line. */
const pieceLength = 64 * 1024

/** Milliseconds that a line waits at most: `kubectl logs -f` looks live. */
const longestWait = 100

/** Bytes that wait for a reader that has stopped reading; further lines are dropped. */
const longestQueue = 8 * 1024 * 1024

const warn = 40

/**
 * Standard output, written to in pieces and by another thread. A write for each line would cost more than to make the
 * line, and a reader that stalls must not hold up admissions. Lines from `warn` on are handed over at once, so that
 * a killed process loses 100 ms of information at most.
 */
export function bufferedStdout(): LineWriter {
  return createBuffer(pino.destination({ dest: 1, sync: false, maxLength: longestQueue }))
}

/** @returns a writer to which pino tells the level of each line beforehand, as `lastLevel` */
export function createBuffer(output: Output): LineWriter & { lastLevel: number } {
  let text = ''
  let timer: NodeJS.Timeout | undefined

  function pass(): void {
    clearTimeout(timer)
    timer = undefined
    if (text === '') return
    const piece = text
    text = ''
    output.write(piece)
  }

  const buffer = {
    // Pino tells the level of each line to a stream that asks for it so.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      text += line
      if (text.length >= pieceLength || buffer.lastLevel >= warn) pass()
      else timer ??= setTimeout(pass, longestWait).unref()
    },
    flush(): void {
      pass()
      output.flushSync()
    },
  }
  return buffer
}
