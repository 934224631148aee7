import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../support/command.ts'
import { lockedPackages } from '../support/lockFile.ts'

interface Bom {
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } }
  readonly components: readonly { readonly name: string; readonly version: string; readonly licenses?: object[] }[]
}

describe('the Software Bill of Materials', function () {
  this.timeout(60_000)
  let text: string
  let bom: Bom

  async function made(): Promise<string> {
    const script = join(import.meta.dirname, '../../scripts/sbom.ts')
    return (await run(process.execPath, [script], { env: process.env })).stdout
  }

  before(async () => {
    text = await made()
    bom = JSON.parse(text) as Bom
  })

  it('is that of the webhook', () => {
    expect(bom.metadata.component.name).to.equal('image-proxy-webhook')
  })

  it('is the same for the same lock file', async () => {
    expect(await made()).to.equal(text)
  })

  it('names every package that the bundle is made from, and none of those to develop it with', () => {
    const locked = lockedPackages().filter(({ dev }) => dev !== true)
    expect(new Set(bom.components.map(({ name, version }) => `${name}@${version}`))).to.deep.equal(
      new Set(locked.map(({ name, version }) => `${name}@${version}`)),
    )
  })

  it('names a licence of each', () => {
    const without = bom.components.filter(({ licenses = [] }) => licenses.length === 0)
    expect(without.map(({ name }) => name)).to.deep.equal([])
  })
})
