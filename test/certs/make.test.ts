import { execFile } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

import { CertificateError, makeCertificates } from '../../certs/make.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../../certs/make.ts')

describe('development certificates', () => {
  let directory = ''

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certs-'))
  })

  afterEach(async () => {
    await rm(directory, { recursive: true })
  })

  const read = (file: string) => readFile(join(directory, file), 'utf8')
  const certificate = async (file: string) => new X509Certificate(await read(file))
  const make = (names = ['localhost'], force = false) => makeCertificates({ names, directory, force })
  const refused = async (making: Promise<unknown>): Promise<string> => {
    try {
      await making
      return ''
    } catch (error) {
      if (error instanceof CertificateError) return error.message
      throw error
    }
  }

  it('are a CA, a server certificate that it signed, and their keys', async () => {
    await make()
    const [ca, server] = await Promise.all([certificate('ca.crt'), certificate('tls.crt')])
    expect(ca.ca).to.be.true
    expect(server.ca).to.be.false
    expect(server.checkIssued(ca) && server.verify(ca.publicKey)).to.be.true
    expect(ca.checkPrivateKey(createPrivateKey(await read('ca.key')))).to.be.true
    expect(server.checkPrivateKey(createPrivateKey(await read('tls.key')))).to.be.true
  })

  it('are for the names and addresses asked for', async () => {
    await make(['webhook.example', '192.0.2.7', '::1'])
    const server = await certificate('tls.crt')
    expect(server.checkHost('webhook.example')).to.equal('webhook.example')
    expect(server.checkIP('192.0.2.7')).to.equal('192.0.2.7')
    expect(server.checkIP('::1')).to.equal('::1')
    expect(server.checkHost('localhost')).to.equal(undefined)
  })

  it('have keys that only their user can read, also where a wider one was', async () => {
    await writeFile(join(directory, 'tls.key'), '', { mode: 0o644 })
    await make()
    for (const key of ['ca.key', 'tls.key']) {
      expect((await stat(join(directory, key))).mode & 0o777, key).to.equal(0o600)
    }
  })

  it('leave nothing else behind', async () => {
    await make()
    expect((await readdir(directory)).sort()).to.deep.equal(['ca.crt', 'ca.key', 'tls.crt', 'tls.key'])
  })

  it('keep the CA the second time, and make a new server certificate', async () => {
    await make()
    const before = await Promise.all([read('ca.crt'), read('ca.key'), read('tls.crt')])
    expect((await make()).newAuthority).to.be.false
    const after = await Promise.all([read('ca.crt'), read('ca.key'), read('tls.crt')])
    expect(after.slice(0, 2)).to.deep.equal(before.slice(0, 2))
    expect(after[2]).not.to.equal(before[2])
    expect((await certificate('tls.crt')).checkIssued(await certificate('ca.crt'))).to.be.true
  })

  it('have a new CA where that is forced', async () => {
    await make()
    const before = await read('ca.crt')
    expect((await make(['localhost'], true)).newAuthority).to.be.true
    expect(await read('ca.crt')).not.to.equal(before)
  })

  it('are not made for what is no name', async () => {
    expect(await refused(make(['localhost', 'https://a.example']))).to.include('"https://a.example"')
    expect(await readdir(directory)).to.deep.equal([])
  })

  for (const [what, file] of [
    ['key', 'ca.crt'],
    ['certificate', 'ca.key'],
  ] as const) {
    it(`are not made where the CA has lost its ${what}`, async () => {
      await make()
      const kept = await read(file)
      await rm(join(directory, file === 'ca.crt' ? 'ca.key' : 'ca.crt'))
      expect(await refused(make())).to.include('--force')
      expect(await read(file)).to.equal(kept)
    })
  }

  it('are not made with a key of another CA', async () => {
    await make()
    const key = await read('ca.key')
    await make(['localhost'], true)
    await writeFile(join(directory, 'ca.key'), key)
    expect(await refused(make())).to.include('are no CA and its key')
  })

  it('are made by a command that says what it wrote', async () => {
    const { stdout } = await run(process.execPath, [script, '--out', join(directory, 'sub'), 'webhook.example'])
    for (const file of await readdir(join(directory, 'sub'))) expect(stdout).to.include(join(directory, 'sub', file))
    expect(new X509Certificate(await read('sub/tls.crt')).checkHost('webhook.example')).to.equal('webhook.example')
  })

  for (const [what, args, code] of [
    ['a wrong option', ['--nonsense'], 2],
    ['a wrong name', ['a/b'], 1],
  ] as const) {
    it(`are not made by a command with ${what}`, async () => {
      const failure: unknown = await run(process.execPath, [script, '--out', directory, ...args]).catch(
        (error: unknown) => error,
      )
      expect(failure).to.include({ code })
      expect(await readdir(directory)).to.deep.equal([])
    })
  }
})
