#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { listDirectory } from './cli/terminal/listDirectory.ts'
import { exitCodeOf } from './cli/exitCode.ts'
import { readConfiguration } from './cli/configuration.ts'
import { plainServe } from './cli/plainServe.ts'
import type { Config } from './config/config.ts'
import { fileFault } from './fileFault.ts'
import { version } from './version.ts'

// The only file that touches `process`.

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough: `explain … | head`.
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`error: cannot write the output: ${fileFault(error)}\n`)
  process.exit(1)
})

const context = {
  environment: process.env,
  // Node.js opens each of these two when it is first looked at.
  get stdin() {
    return process.stdin
  },
  get stderr() {
    return process.stderr
  },
  stdout: process.stdout,
  terminal: process.stdout.isTTY,
  readFile: (path: string) => readFile(path, 'utf8'),
  listDirectory,
}
const argv = process.argv.slice(2)
const options = plainServe(argv)
process.exitCode = await (options === undefined
  ? runCommand()
  : exitCodeOf(context, async () => serve(await readConfiguration(options, context))))

async function runCommand(): Promise<number> {
  const { runCli } = await import('./cli/program.ts')
  return runCli({ ...context, argv, version, serve })
}

/** Runs the webhook until SIGTERM or SIGINT. @returns the exit code */
async function serve(config: Config): Promise<number> {
  const { startApp, createLogger } = await import('./app.ts')
  const log = await createLogger(config.log)
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection: please report this')
  })
  process.on('uncaughtExceptionMonitor', (error) => {
    log.error({ err: error }, 'the webhook ends: please report this')
    log.flush()
  })
  const signal = new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        resolve()
        // Someone is in a hurry; by default the kernel ignores a signal to the first process of a container.
        process.once(name, () => process.exit(1))
      })
    }
  })
  try {
    const app = await startApp(config, { log, environment: process.env, version })
    // Someone may wait for the line that tells the port.
    log.flush()
    await signal
    await app.stop()
  } finally {
    log.flush()
  }
  return 0
}
