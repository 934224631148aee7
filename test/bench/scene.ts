import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, type ServerCertificate } from '../../testbed/certificates.ts'
import { imageSettings } from '../support/bundle.ts'
import { run } from '../support/command.ts'
import { start, type Child } from './child.ts'

export const root = join(import.meta.dirname, '../..')

/** The scene of the measurements: a folder, certificates, and processes that all end with it. */
export interface Scene {
  readonly ca: string
  readonly certificate: ServerCertificate
  /** Starts the bundled webhook with these further keys of its configuration, and flags of Node.js. */
  webhook(config?: object, flags?: readonly string[]): Promise<Child>
  /** Starts the server that every number is compared with. */
  bare(answer: string): Promise<Child>
  /** The arguments with which the two are started. */
  webhookArguments(config?: object): Promise<string[]>
  bareArguments(answer: string): Promise<string[]>
  /** Of a bare Express application, bundled in the way of the webhook. */
  expressArguments(): Promise<string[]>
  defer(end: () => unknown): void
  close(): Promise<void>
}

export async function createScene(): Promise<Scene> {
  const { flags } = imageSettings()
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const ends: (() => unknown)[] = [() => rm(folder, { recursive: true })]
  const authority = await createAuthority()
  const certificate = await authority.issue({ names: ['localhost', '127.0.0.1'] })
  let files = 0
  const file = async (text: string): Promise<string> => {
    const path = join(folder, String(files++))
    await writeFile(path, text)
    return path
  }
  const [caFile, certFile, keyFile] = await Promise.all(
    [authority.certificate, certificate.cert, certificate.key].map(file),
  )

  async function webhookArguments({ check, ...rest }: { check?: object } = {}): Promise<string[]> {
    const config = {
      appSlug: 'my-app',
      check: { caFile, ...check },
      server: { port: 0, tls: { certFile, keyFile } },
      metrics: { port: 0 },
      ...rest,
    }
    return [...flags, join(root, 'dist/main.js'), 'serve', '--config', await file(JSON.stringify(config))]
  }

  async function bareArguments(answer: string): Promise<string[]> {
    return [join(import.meta.dirname, 'bareServer.ts'), certFile ?? '', keyFile ?? '', await file(answer)]
  }

  async function expressArguments(): Promise<string[]> {
    const bundled = join(folder, 'express')
    await run(process.execPath, [
      join(root, 'scripts/build.ts'),
      ...['--out', bundled],
      ...['--entry', join(import.meta.dirname, 'bareExpress.ts')],
    ])
    await writeFile(join(bundled, 'package.json'), JSON.stringify({ type: 'module' }))
    return [...flags, join(bundled, 'main.js'), certFile ?? '', keyFile ?? '']
  }

  async function started(args: readonly string[]): Promise<Child> {
    const child = await start(args)
    ends.push(() => child.stop())
    return child
  }

  return {
    ca: authority.certificate,
    certificate,
    webhookArguments,
    webhook: async (config, flags = []) => started([...flags, ...(await webhookArguments(config))]),
    bareArguments,
    expressArguments,
    bare: async (answer) => started(await bareArguments(answer)),
    defer: (end) => ends.push(end),
    close: async () => {
      for (const end of ends.reverse()) await end()
    },
  }
}
