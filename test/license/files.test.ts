import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { followLicenseFiles, type LicenseSources } from '../../src/license/files.ts'
import { licenseHosts } from '../../src/license/hosts.ts'
import type { LicenseState } from '../../src/license/source.ts'
import { eventually } from '../support/eventually.ts'

const host = 'proxy.replicated.com'
const hosts = licenseHosts({ domain: host, registryDomain: host, otherDomains: [], template: '{domain}/{image}' })
const licenseFile = (id: string) =>
  `{apiVersion: kots.io/v1beta1, kind: License, spec: {licenseID: ${id}, appSlug: my-app}}`
const dockerConfig = (password: string) => JSON.stringify({ auths: { [host]: { username: 'LICENSE_ID', password } } })

describe('the license of files', () => {
  let folder: string
  const stops: (() => void)[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'license-'))
  })
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop()
    await rm(folder, { recursive: true })
  })

  async function write(name: string, text: string): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }

  /** Every state that was told, the last one last. */
  async function follow(sources: LicenseSources): Promise<readonly LicenseState[]> {
    const states: LicenseState[] = []
    const { stop } = await followLicenseFiles(sources, hosts, (state) => states.push(state), 10)
    stops.push(stop)
    return states
  }

  const passwordOf = (state: LicenseState | undefined) => state?.license?.credentials.get(host)?.password

  it('is that of the dockerconfigjson where all three are set', async () => {
    const dockerConfigFile = await write('config.json', dockerConfig('of-docker'))
    const file = await write('license.yaml', licenseFile('of-the-file'))
    expect((await follow({ dockerConfigFile, file, id: 'of-the-id' })).map(passwordOf)).to.deep.equal(['of-docker'])
  })

  it('is that of the license file where an id is set beside it', async () => {
    const file = await write('license.yaml', licenseFile('of-the-file'))
    expect((await follow({ file, id: 'of-the-id' })).map(passwordOf)).to.deep.equal(['of-the-file'])
  })

  it('is the id where only that is set', async () => {
    expect((await follow({ id: 'of-the-id' })).map(passwordOf)).to.deep.equal(['of-the-id'])
  })

  it('is none, and no fault, where nothing is set', async () => {
    expect(await follow({})).to.deep.equal([{}])
  })

  it('is told anew when the file changes', async () => {
    const file = await write('license.yaml', licenseFile('first'))
    const states = await follow({ file })
    await write('license.yaml', licenseFile('second'))
    await eventually(() => {
      expect(states.map(passwordOf).at(-1)).to.equal('second')
    })
  })

  it('is a fault that names the file where it holds no license', async () => {
    const file = await write('license.yaml', '')
    expect(await follow({ file })).to.deep.equal([
      {
        fault: `${file}: the license file is empty or no YAML mapping: it must be what the vendor hands out (an id alone goes into license.id)`,
      },
    ])
  })

  it('is a fault that names the file where it cannot be read', async () => {
    const [state] = await follow({ file: join(folder, 'nowhere') })
    expect(state?.fault).to.match(/^cannot read .*nowhere: there is no such file$/)
  })

  it('does not fall back to the next source where the first is faulty', async () => {
    const dockerConfigFile = await write('config.json', '{}')
    const states = await follow({ dockerConfigFile, id: 'of-the-id' })
    expect(states.map(passwordOf)).to.deep.equal([undefined])
  })
})
