import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { certificateFiles } from '../../src/certificates/files.ts'
import { renewed } from '../../src/certificates/serving.ts'
import type { KeyPair } from '../../src/certificates/authority.ts'
import type { Certificate, CertificateSource } from '../../src/certificates/source.ts'
import { eventually } from '../support/eventually.ts'

describe('A certificate in two files', () => {
  let pairs: readonly [KeyPair, KeyPair]
  let directory: string
  let source: CertificateSource
  let used: Certificate[]
  let faults: string[]
  before(async () => {
    const make = async () => (await renewed(undefined, ['localhost'], Date.now())).serving
    pairs = [await make(), await make()]
  })
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certificate-files-'))
    used = []
    faults = []
  })
  afterEach(async () => {
    source.stop()
    await rm(directory, { recursive: true })
  })

  const path = (name: string) => join(directory, name)
  async function write({ cert, key }: Partial<KeyPair>): Promise<void> {
    if (cert !== undefined) await writeFile(path('tls.crt'), cert)
    if (key !== undefined) await writeFile(path('tls.key'), key)
  }
  async function start(): Promise<void> {
    source = certificateFiles(path('tls.crt'), path('tls.key'), 5)
    await source.start({ use: (certificate) => used.push(certificate), fault: (sentence) => faults.push(sentence) })
  }

  it('is there when the start has ended', async () => {
    await write(pairs[0])
    await start()
    expect(used.map(({ cert, key }) => ({ cert, key }))).to.deep.equal([pairs[0]])
  })

  it('is read anew when both have changed', async () => {
    await write(pairs[0])
    await start()
    await write(pairs[1])
    await eventually(() => {
      expect(used.at(-1)).to.include(pairs[1])
    })
  })

  it('is not used where the key is that of another one, and both files are named', async () => {
    await write({ cert: pairs[0].cert, key: pairs[1].key })
    await start()
    expect(used).to.deep.equal([])
    expect(faults).to.have.lengthOf(1)
    expect(faults[0]).to.match(/tls\.crt and .*tls\.key: no usable certificate and key \(/)
  })

  it('is a fault that names the file where one is not there, and used once it is', async () => {
    await write({ cert: pairs[0].cert })
    await start()
    expect(faults).to.have.lengthOf(1)
    expect(faults[0]).to.match(/^cannot read .*tls\.key: there is no such file$/)
    await write(pairs[0])
    await eventually(() => {
      expect(used).to.have.lengthOf(1)
    })
  })

  it('is told of no more once it is stopped', async () => {
    await write(pairs[0])
    await start()
    source.stop()
    const seen: Certificate[] = []
    const other = certificateFiles(path('tls.crt'), path('tls.key'), 5)
    await other.start({ use: (certificate) => seen.push(certificate), fault: () => undefined })
    for (const pair of [pairs[1], pairs[0]]) {
      await write(pair)
      await eventually(() => {
        expect(seen.at(-1)).to.include(pair)
      })
    }
    other.stop()
    expect(used).to.have.lengthOf(1)
  })
})
