import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from 'chai'
import { connect } from '../../src/kubernetes/connect.ts'
import { createAuthority, type Authority } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { reply } from '../support/apiServer.ts'

describe('A kubeconfig', () => {
  let directory: string
  let authority: Authority
  let server: RunningServer
  let tokens: (string | undefined)[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
    authority = await createAuthority()
    tokens = []
    server = await startHttpsServer(await authority.issue({ names: ['localhost'] }), (request, response) => {
      tokens.push(request.headers.authorization)
      reply(response, 200, { metadata: { name: 'home' } })
    })
  })
  afterEach(async () => {
    await server.close()
    await rm(directory, { recursive: true })
  })

  async function write(users: Record<string, object>, cluster: object = {}): Promise<string> {
    const path = join(directory, 'config')
    const names = Object.keys(users)
    const ca = Buffer.from(authority.certificate).toString('base64')
    const config = {
      'current-context': names[0],
      clusters: [
        { name: 'c', cluster: { server: `https://${server.host}`, 'certificate-authority-data': ca, ...cluster } },
      ],
      users: names.map((name) => ({ name, user: users[name] })),
      contexts: names.map((name) => ({ name, context: { cluster: 'c', user: name, namespace: `of-${name}` } })),
    }
    await writeFile(path, JSON.stringify(config))
    return path
  }

  async function ask(options: Partial<Parameters<typeof connect>[0]>): Promise<{ namespace: string }> {
    const api = await connect({ environment: {}, requestsPerSecond: 100, ...options })
    if (api === undefined) throw new Error('no cluster')
    try {
      await api.core.readNamespace({ name: 'home' }, api.with({ retry: false }))
      return { namespace: api.namespace }
    } finally {
      api.close()
    }
  }

  it('is the one that KUBECONFIG names, with its current context', async () => {
    const KUBECONFIG = await write({ first: { token: 'one' }, second: { token: 'two' } })
    expect(await ask({ environment: { KUBECONFIG } })).to.deep.equal({ namespace: 'of-first' })
    expect(tokens).to.deep.equal(['Bearer one'])
  })

  it('is the one that the caller names instead, with the context that it names', async () => {
    const kubeconfig = await write({ first: { token: 'one' }, second: { token: 'two' } })
    const environment = { KUBECONFIG: '/nowhere' }
    expect(await ask({ environment, kubeconfig, context: 'second' })).to.deep.equal({ namespace: 'of-second' })
    expect(tokens).to.deep.equal(['Bearer two'])
  })

  it('is refused with a context that it does not have', async () => {
    const kubeconfig = await write({ first: { token: 'one' } })
    const failure: unknown = await ask({ kubeconfig, context: 'third' }).catch((error: unknown) => error)
    expect(String(failure)).to.equal(`Error: ${kubeconfig} has no context third`)
  })

  it('of several is put together of those that are there', async () => {
    const kubeconfig = [join(directory, 'absent'), await write({ first: { token: 'one' } })].join(delimiter)
    expect(await ask({ kubeconfig })).to.deep.equal({ namespace: 'of-first' })
  })

  const wrong: readonly (readonly [what: string, text: string | undefined, fault: RegExp])[] = [
    ['is not there', undefined, /^Error: cannot read .*config: there is no such file$/],
    ['is empty', '', /config is no kubeconfig: it is empty$/],
    ['is no text', 'a\0:\0', /config is no kubeconfig: it is not text in UTF-8$/],
    ['is no YAML', 'a: [', /config is no kubeconfig: [^\n]+$/],
    ['is a text', 'hello', /config names no current context with a cluster$/],
    ['is a list', '- a', /config names no current context with a cluster$/],
    ['is a manifest', 'kind: Pod', /config names no current context with a cluster$/],
    [
      'has a server that is no URL',
      'current-context: a\nclusters: [{name: a, cluster: {server: not a URL}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n',
      /config has a cluster whose server is no URL$/,
    ],
  ]
  for (const [what, text, fault] of wrong) {
    it(`that ${what} is refused in one sentence`, async () => {
      const kubeconfig = join(directory, 'config')
      if (text !== undefined) await writeFile(kubeconfig, text)
      const failure: unknown = await ask({ kubeconfig }).catch((error: unknown) => error)
      expect(String(failure)).to.match(fault)
    })
  }

  const plugins: readonly (readonly [what: string, script: string, fault: RegExp])[] = [
    ['fails without a word', 'process.exit(1)', /: the credential plugin of the kubeconfig failed$/],
    ['says what to do', "console.error('log in first'); process.exit(1)", /cannot be read: log in first\s*$/],
    ['prints a token as it is', "console.log('canary-token')", /prints is no JSON$/],
  ]
  for (const [what, script, fault] of plugins) {
    it(`whose exec plug-in ${what} is refused with the reason, and without a word of what it printed`, async () => {
      const exec = { command: process.execPath, args: ['-e', script], apiVersion: 'client.authentication.k8s.io/v1' }
      const kubeconfig = await write({ first: { exec } })
      const failure: unknown = await ask({ kubeconfig }).catch((error: unknown) => error)
      expect(String(failure)).to.match(fault).and.not.include('canary')
    })
  }

  it('logs in with what its exec plug-in says', async () => {
    const status = { status: { token: 'of-the-plug-in' } }
    const command = process.execPath
    const exec = { command, args: ['-p', `'${JSON.stringify(status)}'`], apiVersion: 'client.authentication.k8s.io/v1' }
    await ask({ kubeconfig: await write({ first: { exec } }) })
    expect(tokens).to.deep.equal(['Bearer of-the-plug-in'])
  })

  it('has its API server asked directly whatever HTTPS_PROXY says', async () => {
    const kubeconfig = await write({ first: { token: 'one' } })
    const before = process.env['HTTPS_PROXY']
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1'
    try {
      await ask({ kubeconfig, environment: { HTTPS_PROXY: 'http://127.0.0.1:1' } })
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY']
      else process.env['HTTPS_PROXY'] = before
    }
    expect(tokens).to.deep.equal(['Bearer one'])
  })

  it('has its API server asked through its own proxy-url', async () => {
    const kubeconfig = await write({ first: { token: 'one' } }, { 'proxy-url': 'http://127.0.0.1:1' })
    const failure: unknown = await ask({ kubeconfig }).catch((error: unknown) => error)
    expect(String(failure)).to.match(/the API server cannot be reached: .*ECONNREFUSED 127\.0\.0\.1:1/)
    expect(tokens).to.be.empty
  })
})
