import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** What a shell makes of `image-proxy-webhook --help` with its output going there. */
async function helpInto(where: string): Promise<{ readonly exitCode: unknown; readonly stderr: string }> {
  const script = `"${process.execPath}" "${main}" --help ${where}`
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(shell, 'exit')
  const stderr = await text(shell.stderr)
  await ended
  return { exitCode: shell.exitCode, stderr }
}

describe('the output of a command', () => {
  it('may be read in part, as by head, without a word', async () => {
    expect((await helpInto('| exec true')).stderr).to.equal('')
  })

  it('is reported as not written, in one line, where the disk is full', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const { exitCode, stderr } = await helpInto('> /dev/full')
    expect(stderr).to.equal('error: cannot write the output: no space is left on the disk\n')
    expect(exitCode).to.equal(1)
  })
})
