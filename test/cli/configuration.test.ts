import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startApp } from '../../src/app.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import type { LogLine } from '../support/app.ts'
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

  let logged: LogLine[] = []
  beforeEach(() => {
    logged = []
  })

  async function run(argv: readonly string[], environment: Readonly<Record<string, string>>) {
    const base = { APP_SLUG: 'my-app', LICENSE_FILE: join(directory, 'license.yaml'), PULL_SECRET_PROVISION: 'false' }
    return cli(argv, {
      environment: { ...base, ...environment },
      stdin: 'kind: Pod\n',
      serve: async (config) => {
        const destination = { write: (line: string) => void logged.push(JSON.parse(line) as LogLine) }
        const log = await createLogger({ ...config.log, format: 'json', destination })
        const app = await startApp(config, { log, environment, version: '1.2.3' })
        await app.stop()
        log.flush()
        return 0
      },
    })
  }

  const faults: readonly [what: string, environment: () => Readonly<Record<string, string>>, error: RegExp][] = [
    [
      'CAs that are not there',
      () => ({ CHECK_CA_FILE: join(directory, 'nowhere.pem') }),
      /^error: check\.caFile: expected a file with certificates in PEM, not ".*nowhere\.pem": there is no such file\n$/,
    ],
    [
      'a proxy URL that is not valid',
      () => ({ HTTPS_PROXY: `socks5://user:${password}@proxy.example.com` }),
      /^error: HTTPS_PROXY cannot be used: [^\n]*http or https URL[^\n]*\n$/,
    ],
  ]
  for (const argv of commands) {
    for (const [what, environment, error] of faults) {
      if (argv[0] === 'serve' && what === 'a proxy URL that is not valid') continue
      it(`makes ${argv[0] ?? ''} exit with 2 and name the key of ${what}`, async () => {
        const { exitCode, stdout, stderr } = await run(argv, environment())
        expect(stderr).to.match(error).and.not.include(password)
        expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' })
      })
    }
  }

  it('lets serve start with a proxy URL that is not valid, and warn once without quoting its password', async () => {
    const HTTPS_PROXY = `socks5://user:${password}@proxy.example.com`
    const { exitCode, stderr } = await run(['serve'], { HTTPS_PROXY, SERVER_PORT: '0', METRICS_PORT: '0' })
    const warnings = logged.filter(({ level }) => level === 'warn')

    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' })
    expect(warnings.map((line) => JSON.stringify(line))).to.have.lengthOf(1)
    expect(JSON.stringify(warnings)).to.include('HTTPS_PROXY').and.not.include(password)
  })

  it('lets serve warn of a variable that looks like a misspelled one of the configuration', async () => {
    await run(['serve'], { CHECK_DEADLIN: '1s', SERVER_PORT: '0', METRICS_PORT: '0' })
    const warnings = logged.filter(({ level }) => level === 'warn')
    expect(warnings.map(({ msg }) => msg)).to.deep.equal([
      'CHECK_DEADLIN is no variable of the configuration; did you mean CHECK_DEADLINE?',
    ])
  })

  for (const argv of [
    ['check', 'redis:7'],
    ['explain', '-f', 'absent.yaml'],
  ]) {
    it(`lets ${argv[0] ?? ''} tell of a variable that looks like a misspelled one of the configuration`, async () => {
      const { stderr } = await run(argv, { CHECK_DEADLIN: '1s', APP_SLUGG: 'my-app' })
      expect(stderr)
        .to.include('note: CHECK_DEADLIN is no variable of the configuration; did you mean CHECK_DEADLINE?\n')
        .and.include('note: APP_SLUGG is no variable of the configuration; did you mean APP_SLUG?\n')
    })
  }
})
