import ipaddr from 'ipaddr.js'
import { randomInt } from 'node:crypto'
import type { LookupAddress } from 'node:dns'

export type Family = 4 | 6

/** What a name server says of a name. */
export type Answer =
  | { readonly kind: 'addresses'; readonly addresses: readonly LookupAddress[] }
  /** There is no such name, or it has no address of the family. */
  | { readonly kind: 'none' }
  /** The server could not find out (SERVFAIL). */
  | { readonly kind: 'failed' }
  /** The server does not answer such questions, or nobody can read what it answers. */
  | { readonly kind: 'refused' }

/** What a message is an answer to, if to anything. `truncated`: there is more than the message had room for. */
export type Reading = Answer | { readonly kind: 'truncated' }

/**
 * Whoever owns a name chooses how many addresses it has, and each is checked. Public registries have some tens at the most.
 * One more is read, so that a host with too many is known by it.
 */
export const mostAddresses = 128

/** RFC 1035 section 3.2.2, and RFC 3596 section 2.1, with the length of an address in bytes. */
const records = { 4: { type: 1, size: 4 }, 6: { type: 28, size: 16 } } as const
const internet = 1
const headerSize = 12
/** Of the flags of a header (RFC 1035 section 4.1.1). */
const flags = { response: 0x8000, opcode: 0x7800, truncated: 0x0200, recursionDesired: 0x0100, code: 0x000f } as const
const codes = { none: 0, failure: 2, noSuchName: 3 } as const

/** A question for the addresses of a name, with an identifier that others cannot guess. `undefined` for what DNS cannot carry. */
export function questionFor(name: string, family: Family): Buffer | undefined {
  const labels = name.split('.')
  // RFC 1035 section 2.3.4: 63 bytes a label, and 255 for all with their lengths and the root's.
  const isName = name.length <= 253 && labels.every((label) => /^[\x21-\x7e]{1,63}$/.test(label))
  if (!isName) return undefined
  const header = Buffer.alloc(headerSize)
  header.writeUInt16BE(randomInt(0x10000), 0)
  header.writeUInt16BE(flags.recursionDesired, 2)
  header.writeUInt16BE(1, 4)
  const encoded = labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([header, ...encoded, Buffer.from([0, 0, records[family].type, 0, internet])])
}

/**
 * What a message answers to a question; `undefined` where it is no answer to it. All addresses of the answer count, whatever
 * alias they stand under: the server has followed the aliases. Linear in the message, whatever is in it.
 */
export function readAnswer(message: Buffer, question: Buffer, family: Family): Reading | undefined {
  if (message.length < headerSize || message.readUInt16BE(0) !== question.readUInt16BE(0)) return undefined
  const flag = message.readUInt16BE(2)
  if ((flag & flags.response) === 0 || (flag & flags.opcode) !== 0) return undefined
  const code = flag & flags.code
  // A server that could not read the question does not repeat it.
  const repeatsNone = message.readUInt16BE(4) === 0
  if (repeatsNone) return code === codes.none ? undefined : faultOf(code)
  if (asked(message.subarray(0, question.length)) !== asked(question)) return undefined

  if (code === codes.noSuchName) return { kind: 'none' }
  if (code !== codes.none) return faultOf(code)
  const { addresses, isWhole } = readAddresses(message, question.length, family)
  // Any of a host's addresses will do, as for the C library of Alpine; more of them would take a connection to the server.
  if (addresses.length > 0) return { kind: 'addresses', addresses }
  if ((flag & flags.truncated) !== 0) return { kind: 'truncated' }
  return { kind: isWhole ? 'none' : 'refused' }
}

function faultOf(code: number): Answer {
  return { kind: code === codes.failure ? 'failed' : 'refused' }
}

/** The number of questions and the question itself. Its name has no case, and the other bytes are none of letters. */
function asked(message: Buffer): string {
  return message.toString('latin1', 4, 6) + message.toString('latin1', headerSize).toLowerCase()
}

/** The addresses of the answer's records, one more than the most at most. Whether all of its records could be read. */
function readAddresses(message: Buffer, start: number, family: Family) {
  const { type, size } = records[family]
  const addresses: LookupAddress[] = []
  let position = start
  for (let left = message.readUInt16BE(6); left > 0 && addresses.length <= mostAddresses; left--) {
    // Type, class, ten bytes in all up to the data, with the time to live and the data's length.
    const head = endOfName(message, position)
    const data = head + 10
    if (data > message.length) return { addresses, isWhole: false }
    position = data + message.readUInt16BE(head + 8)
    if (position > message.length) return { addresses, isWhole: false }
    const isAddress = message.readUInt16BE(head) === type && message.readUInt16BE(head + 2) === internet
    if (!isAddress || position - data !== size) continue
    addresses.push({ address: ipaddr.fromByteArray([...message.subarray(data, position)]).toString(), family })
  }
  return { addresses, isWhole: true }
}

/** Where a name ends: after the root, or after a pointer to another place (RFC 1035 section 4.1.4), which nobody follows here. */
function endOfName(message: Buffer, start: number): number {
  let position = start
  for (;;) {
    const length = message[position]
    if (length === undefined) return Infinity
    if (length === 0) return position + 1
    if (length >= 0xc0) return position + 2
    position += 1 + length
  }
}
