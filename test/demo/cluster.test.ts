import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const main = fileURLToPath(new URL('../../demo/cluster/main.ts', import.meta.url))

/** The demo for a cluster, on a machine without a program on its PATH. */
async function start(...args: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
  try {
    const child = spawn(process.execPath, [main, ...args], { env: { PATH: directory } })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    child.stdout.resume()
    const [exitCode, stderr] = await Promise.all([ended, text(child.stderr)])
    return { exitCode, stderr }
  } finally {
    await rm(directory, { recursive: true })
  }
}

describe('the demo for a cluster says in a line what keeps it from starting:', () => {
  const faults: readonly [fault: string, args: readonly string[], expected: RegExp][] = [
    ['there is no kubectl', [], /^kubectl cannot be run \(.*ENOENT\): https:\/\/kubernetes\.io\/\S+\n$/],
    ['--image is no image', ['--image', 'Not/An/Image'], /^--image: .* lower.case.*\n$/],
    ['an option is unknown', ['--imge', 'a'], /^Unknown option '--imge'.*\n$/],
  ]
  for (const [fault, args, expected] of faults) {
    it(fault, async () => {
      const { exitCode, stderr } = await start(...args)
      expect(stderr).to.match(expected)
      expect(exitCode).to.equal(1)
    })
  }
})
