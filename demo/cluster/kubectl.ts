import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** What keeps the demo from starting, for whoever started it. kubectl's own words are on stderr already. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
}

/**
 * Runs kubectl, which finds the cluster as it does for whoever runs this, and returns what it prints.
 *
 * @throws {DemoError}
 */
export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const child = spawn('kubectl', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new DemoError(`kubectl cannot be run (${error.message}): https://kubernetes.io/docs/tasks/tools`))
    })
    child.once('close', resolve)
  })
  // Where it ends early its exit code tells why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code, output] = await Promise.all([ended, text(child.stdout)])
  if (code !== 0) throw new DemoError(`kubectl ${args.join(' ')} failed`)
  return output
}

/** Creates the objects or changes them, and returns a line for each. */
export function apply(objects: readonly object[]): Promise<string> {
  return kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
}
