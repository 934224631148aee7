import { createHash } from 'node:crypto'
import { program, type Architecture } from './program.ts'

/** One thing that a registry hands out under its digest. */
export interface Content {
  readonly type: string
  readonly bytes: Buffer
}

/** An image, and all that it consists of. */
export interface Image {
  readonly digest: string
  readonly manifests: ReadonlyMap<string, Content>
  readonly blobs: ReadonlyMap<string, Content>
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
}
const architectures: readonly Architecture[] = ['amd64', 'arm64']

/**
 * An image for every architecture whose container prints `line`, and sleeps until it is stopped. It is one small layer,
 * as the OCI's image specification has it: https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
export function createImage(line: string): Image {
  const [manifests, blobs] = [new Map<string, Content>(), new Map<string, Content>()]
  const add = (to: Map<string, Content>, type: string, bytes: Buffer) => {
    const digest = digestOf(bytes)
    to.set(digest, { type, bytes })
    return { mediaType: type, digest, size: bytes.length }
  }
  const index = add(
    manifests,
    types.index,
    json({
      schemaVersion: 2,
      mediaType: types.index,
      manifests: architectures.map((architecture) => {
        const layer = add(blobs, types.layer, archive('hello', program(architecture, line)))
        const platform = { architecture, os: 'linux' }
        const rootfs = { type: 'layers', diff_ids: [layer.digest] }
        const config = json({ ...platform, config: { Entrypoint: ['/hello'], User: '65532:65532' }, rootfs })
        const manifest = {
          schemaVersion: 2,
          mediaType: types.manifest,
          config: add(blobs, types.config, config),
          layers: [layer],
        }
        return { ...add(manifests, types.manifest, json(manifest)), platform }
      }),
    }),
  )
  return { digest: index.digest, manifests, blobs }
}

/** A tar archive with one executable in it: a header of 512 bytes, and everything in blocks of as many. */
function archive(name: string, file: Buffer): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, offset: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, '0'), offset)
  header.write(name)
  octal(0o755, 100, 7)
  octal(0, 108, 7) // Its owner
  octal(0, 116, 7) // and group
  octal(file.length, 124, 11)
  octal(0, 136, 11) // When it was written: an image of the same line has the same digest
  header.write('0', 156) // A file
  header.write('ustar\x0000', 257)
  // The checksum is that of a header which has spaces in its place.
  header.fill(' ', 148, 156)
  octal(
    header.reduce((sum, byte) => sum + byte),
    148,
    6,
  )
  header.write('\0 ', 154)
  const padding = Buffer.alloc(-file.length & 511)
  return Buffer.concat([header, file, padding, Buffer.alloc(1024)])
}

function json(content: object): Buffer {
  return Buffer.from(JSON.stringify(content))
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
