import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startApp } from '../../src/app.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { cli } from './runner.ts'

const commands: readonly (readonly string[])[] = [['serve'], ['check', 'redis:7'], ['explain', '-f', '-']]
const password = 'known-to-nobody'

describe('the configuration', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-configuration-'))
    await writeFile(join(directory, 'license.yaml'), 'spec: {licenseID: some-license, appSlug: my-app}\n')
  })
  after(() => rm(directory, { recursive: true }))

  async function run(argv: readonly string[], environment: Readonly<Record<string, string>>) {
    const base = { APP_SLUG: 'my-app', LICENSE_FILE: join(directory, 'license.yaml'), PULL_SECRET_PROVISION: 'false' }
    return cli(argv, {
      environment: { ...base, ...environment },
      stdin: 'kind: Pod\n',
      serve: async (config) => {
        const log = await createLogger({ ...config.log, destination: { write: () => undefined } })
        const app = await startApp(config, { log, environment, version: '1.2.3' })
        await app.stop()
        return 0
      },
    })
  }

  const faults: readonly [what: string, environment: () => Readonly<Record<string, string>>, error: RegExp][] = [
    [
      'CAs that are not there',
      () => ({ CHECK_CA_FILE: join(directory, 'nowhere.pem') }),
      /^error: check\.caFile: expected a file with certificates in PEM, not ".*nowhere\.pem": ENOENT[^\n]+\n$/,
    ],
    [
      'a proxy that is none',
      () => ({ HTTPS_PROXY: `socks5://user:${password}@proxy.example.com` }),
      /^error: HTTPS_PROXY: [^\n]*http or https URL[^\n]*\n$/,
    ],
  ]
  for (const argv of commands) {
    for (const [what, environment, error] of faults) {
      it(`makes ${argv[0] ?? ''} exit with 2 and name the key of ${what}`, async () => {
        const { exitCode, stdout, stderr } = await run(argv, environment())
        expect(stderr).to.match(error).and.not.include(password)
        expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' })
      })
    }
  }
})
