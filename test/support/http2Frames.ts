export interface FrameOptions {
  readonly flags?: number
  readonly stream?: number
  readonly payload?: Buffer
}

/** The types of RFC 9113 section 6, of RFC 7838 section 4 and of RFC 8336 section 2.1. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  alternativeService: 10,
  origin: 12,
} as const

/** A frame of HTTP/2 (RFC 9113 section 4.1). */
export function frame(
  type: keyof typeof frameTypes,
  { flags = 0, stream = 0, payload = Buffer.alloc(0) }: FrameOptions = {},
): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(frameTypes[type], 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** What each side has to begin with, and the answer to it. */
export const settings = frame('settings')
export const settingsAcknowledged = frame('settings', { flags: 1 })

/** The stream of the first such frame of those that the data consists of, the connection's preface aside. */
export function streamOf(data: Buffer, type: keyof typeof frameTypes, flags?: number): number | undefined {
  let at = data.toString('latin1').startsWith('PRI * ') ? 24 : 0
  for (; at + 9 <= data.length; at += 9 + data.readUIntBE(at, 3)) {
    if (data[at + 3] === frameTypes[type] && (flags === undefined || data[at + 4] === flags))
      return data.readUInt32BE(at + 5)
  }
  return undefined
}
