import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { createImage, type Image } from '../../testbed/image.ts'
import { run } from '../support/command.ts'

interface Descriptor {
  readonly digest: string
  readonly platform: { readonly architecture: string }
}
interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

describe("the testbed's image", () => {
  const image = createImage('Hello from a test')
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch

  it('has the same digest whenever it is made of the same line', () => {
    expect(createImage('Hello from a test').digest).to.equal(image.digest)
    expect(createImage('Hello from another').digest).not.to.equal(image.digest)
  })

  it('names each content by the digest that it has', () => {
    for (const [digest, { bytes }] of [...image.manifests, ...image.blobs]) {
      expect(digest).to.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
    }
  })

  for (const architecture of ['amd64', 'arm64']) {
    it(`has a configuration and a layer for ${architecture}`, () => {
      const { config, layers } = manifestOf(image, architecture)
      const content: unknown = JSON.parse(image.blobs.get(config.digest)?.bytes.toString() ?? '')
      expect(content).to.include({ architecture }).and.to.have.nested.property('rootfs.diff_ids[0]', layers[0]?.digest)
    })
  }

  if (process.platform === 'linux' && ['amd64', 'arm64'].includes(architecture)) {
    it('runs, says its line, and ends when it is told to', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
      try {
        const [layer] = manifestOf(image, architecture).layers
        const archive = image.blobs.get(layer?.digest ?? '')?.bytes
        await run('tar', ['-x', '-C', directory], { input: archive ?? '' })
        const child = spawn(join(directory, 'hello'))
        child.stdout.once('data', () => child.kill('SIGTERM'))
        const ended = new Promise((resolve) => child.once('close', resolve))
        expect(await text(child.stdout)).to.equal('Hello from a test\n')
        expect(await ended).to.equal(0)
      } finally {
        await rm(directory, { recursive: true })
      }
    })
  }
})

function manifestOf({ digest, manifests }: Image, architecture: string): Manifest {
  const read = (digest = ''): unknown => JSON.parse(manifests.get(digest)?.bytes.toString() ?? '')
  const index = read(digest) as { manifests: Descriptor[] }
  return read(index.manifests.find(({ platform }) => platform.architecture === architecture)?.digest) as Manifest
}
