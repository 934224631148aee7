import { pino } from 'pino'
import { isColorSupported, prettyFactory } from 'pino-pretty'
import type { LineWriter } from './buffer.ts'

/** Lines for people, written at once, for someone watches; by default to standard output. */
export function prettyWriter(destination: Pick<LineWriter, 'write'> | undefined): LineWriter {
  const pretty = prettyFactory({
    colorize: destination === undefined && isColorSupported,
    translateTime: 'SYS:HH:MM:ss.l',
  })
  const output = destination ?? pino.destination({ dest: 1, sync: true })
  return {
    write: (line) => {
      output.write(pretty(line))
    },
    flush: () => undefined,
  }
}
