import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/*
 * For `node --import`: on SIGUSR2 it writes a line of JSON with the bytes of the heap, and of what that holds outside of it,
 * that are left once all garbage is collected.
 */

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

process.on('SIGUSR2', () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ heap: heapUsed + external })}\n`)
})
