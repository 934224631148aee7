import { expect } from 'chai'
import { cli } from './runner.ts'

describe('the command line', () => {
  for (const argv of [['version'], ['--version']]) {
    it(`prints the version for ${argv.join(' ')}`, async () => {
      expect(await cli(argv)).to.deep.equal({ exitCode: 0, stdout: 'image-proxy-webhook 1.2.3\n', stderr: '' })
    })
  }

  it('explains itself', async () => {
    const { exitCode, stdout } = await cli(['--help'])
    expect(exitCode).to.equal(0)
    expect(stdout).to.match(/serve[\s\S]*check[\s\S]*explain[\s\S]*version[\s\S]*Exit codes: 0 fine; 1 .*; 2 /)
  })

  const misuses: readonly [argv: readonly string[], error: RegExp][] = [
    [['exlain'], /^error: unknown command 'exlain' \(Did you mean explain\?\)/],
    [['help', 'exlain'], /^error: unknown command 'exlain'; see image-proxy-webhook --help/],
    [['check'], /^error: missing required argument 'image'; see image-proxy-webhook check --help/],
    [['check', '--confg', 'x', 'redis'], /^error: unknown option '--confg' \(Did you mean --config\?\)/],
    [
      ['check', '-o', 'yaml', 'redis'],
      /^error: option '-o, --output <format>' argument 'yaml' is invalid. Allowed choices are table, json; see/,
    ],
    [['serve', 'redis'], /^error: too many arguments[^\n]*; see image-proxy-webhook serve --help/],
    [['serve', '--config', 'absent.yaml'], /^error: cannot read absent.yaml: there is no such file/],
    [['explain', '-f', '-'], /^error: standard input: expected manifests, and there is nothing/],
    [['explain', '-f', '-', '--context', 'x'], /^error: --context goes with -n or -A/],
    [['explain', '-A', '-R'], /^error: -R goes with -f DIRECTORY/],
    [['check', '--app-slug', 'No Slug', 'redis'], /^error: appSlug: [^\n]*\(--app-slug\)/],
    [['explain'], /^error: explain takes one of -f FILE, -n NAMESPACE and -A; see image-proxy-webhook explain --help/],
    [['explain', '-A', 'redis:7'], /^error: too many arguments[^\n]*; see image-proxy-webhook explain --help/],
    [['explain', '-A', '-f', 'x.yaml'], /^error: explain takes one of/],
    [['explain', '-n', 'Not A Namespace'], /^error: .*must be the name of a namespace/],
    [['explain', '-A', '-o', 'yaml'], /^error: explain -o yaml takes manifests: -f FILE/],
    [['explain', '-A'], /^error: no cluster is named: set KUBECONFIG [^\n]*~\/\.kube\/config/],
    [['explain', '-f', ''], /^error: .*must be the path of a file or a directory, or -/],
    [['explain', '-f', 'absent.yaml'], /^error: cannot read absent.yaml: there is no such file/],
  ]
  const flags: Readonly<Record<string, readonly string[]>> = {
    serve: ['config'],
    check: ['config', 'app-slug', 'license-file', 'proxy-domain', 'output', 'verbose'],
    explain: [
      ...['config', 'app-slug', 'license-file', 'proxy-domain', 'output', 'filename', 'recursive', 'namespace'],
      ...['all-namespaces', 'context', 'allow-unread'],
    ],
  }
  for (const [command, names] of Object.entries(flags)) {
    for (const name of names) {
      const misspelt = `--${name.slice(0, -2)}${name.slice(-1)}`
      it(`names --${name} where ${command} is given ${misspelt}`, async () => {
        const { exitCode, stderr } = await cli([command, misspelt, 'x'])
        expect(stderr)
          .to.match(/^[^\n]+\n$/)
          .and.include(`unknown option '${misspelt}' (Did you mean --${name}?)`)
        expect(exitCode).to.equal(2)
      })

      if (['verbose', 'recursive', 'all-namespaces', 'allow-unread'].includes(name)) continue
      it(`refuses ${command} with an empty --${name}, as of a variable that is not set`, async () => {
        const { exitCode, stdout, stderr } = await cli([command, `--${name}`, ''])
        expect(stderr).to.match(new RegExp(`^error: option '[^\n]*--${name} <\\w+>' argument '' is invalid[^\n]+\n$`))
        expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' })
      })
    }
  }

  it('has no flag that is not tried here', async () => {
    for (const [command, names] of Object.entries(flags)) {
      const { stdout } = await cli([command, '--help'])
      const listed = [...stdout.matchAll(/^ +(?:-\w, | {4})?--([a-z-]+)/gm)].map(([, name = '']) => name)
      expect(listed.filter((name) => name !== 'help').sort()).to.deep.equal([...names].sort())
    }
  })

  for (const [argv, error] of misuses) {
    it(`answers "${argv.join(' ')}" with one line and exit code 2`, async () => {
      const { exitCode, stdout, stderr } = await cli(argv)
      expect(stderr)
        .to.match(error)
        .and.match(/^[^\n]+\n$/)
      expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' })
    })
  }

  it("names what would tell the application's slug", async () => {
    const { exitCode, stderr } = await cli(['explain', '-f', 'a.yaml'], { files: { 'a.yaml': 'kind: Pod' } })
    expect(stderr).to.match(
      /^error: nothing tells the application's slug: give --app-slug, the key appSlug or the variable APP_SLUG[^\n]+\n$/,
    )
    expect(exitCode).to.equal(2)
  })

  it('says that a configuration is no text, as PowerShell writes one', async () => {
    const files = { 'config.yaml': 'a\0p\0p\0' }
    const { exitCode, stderr } = await cli(['check', 'redis', '--config', 'config.yaml'], { files })
    expect(stderr).to.equal('error: config.yaml: not text in UTF-8 (PowerShell writes UTF-16 by default)\n')
    expect(exitCode).to.equal(2)
  })

  it('says that a configuration is a list, where it is one', async () => {
    const { stderr } = await cli(['serve', '--config', 'config.yaml'], { files: { 'config.yaml': '- a\n' } })
    expect(stderr).to.equal('error: the configuration: expected a map of keys, not a list (config.yaml:1:1)\n')
  })

  it('shows what there is where no command is given', async () => {
    const { exitCode, stderr } = await cli([])
    expect(exitCode).to.equal(2)
    expect(stderr).to.match(/^Usage: image-proxy-webhook/)
  })

  it('tells every fault of the configuration, each on a line of its own', async () => {
    const files = { 'config.yaml': 'appSlug: my-app\npolicy: {mode: on}\ncheck: {deadline: soon}\n' }
    const { exitCode, stderr } = await cli(['serve', '--config', 'config.yaml'], { files })
    expect(exitCode).to.equal(2)
    expect(stderr).to.match(/^error: policy\.mode: [^\n]+\nerror: check\.deadline: [^\n]+\n$/)
  })

  it('serves with the configuration of file and environment, and ends with the exit code of the server', async () => {
    const files = { 'config.yaml': 'appSlug: my-app\nproxy: {domain: a.example.com}\n' }
    const environment = { PROXY_DOMAIN: 'b.example.com' }
    const told: string[] = []
    const { exitCode } = await cli(['serve', '--config', 'config.yaml'], {
      files,
      environment,
      serve: ({ appSlug, proxy }) => {
        told.push(appSlug, proxy.domain)
        return Promise.resolve(7)
      },
    })
    expect({ exitCode, told }).to.deep.equal({ exitCode: 7, told: ['my-app', 'b.example.com'] })
  })

  it('says in one line why it cannot serve', async () => {
    const error = Object.assign(new Error('listen EADDRINUSE: address already in use :::8443'), { code: 'EADDRINUSE' })
    const outcome = await cli(['serve'], { environment: { APP_SLUG: 'my-app' }, serve: () => Promise.reject(error) })
    expect(outcome).to.deep.equal({ exitCode: 1, stdout: '', stderr: `error: ${error.message}\n` })
  })

  it('hides no bug', async () => {
    const bug = new TypeError('undefined is not a function')
    const running = cli(['serve'], { environment: { APP_SLUG: 'my-app' }, serve: () => Promise.reject(bug) })
    expect(
      await running.then(
        () => undefined,
        (error: unknown) => error,
      ),
    ).to.equal(bug)
  })
})
