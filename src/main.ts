#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { listDirectory } from './cli/terminal/listDirectory.ts'
import { runCli } from './cli/program.ts'
import type { Config } from './config/config.ts'
import { version } from './version.ts'

// The only file that touches `process`.

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough: `explain … | head`.
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  terminal: process.stdout.isTTY,
  readFile: (path) => readFile(path, 'utf8'),
  listDirectory,
  version,
  serve,
})

/** Runs the webhook until SIGTERM or SIGINT. @returns the exit code */
async function serve(config: Config): Promise<number> {
  const [{ startApp }, { createLogger }] = await Promise.all([import('./app.ts'), import('./telemetry/log.ts')])
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
