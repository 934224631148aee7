import { expect } from 'chai'
import fc from 'fast-check'
import { questionFor, readAnswer, type Family } from '../../../src/network/dns/message.ts'
import { response } from '../../support/nameServer.ts'

/** A question that there is. */
function question(name: string, family: Family = 4): Buffer {
  const message = questionFor(name, family)
  if (message === undefined) throw new Error(`${name} is no name`)
  return message
}

describe('a question to a name server', () => {
  it('is the message of RFC 1035, with recursion desired', () => {
    const id = question('ghcr.io').subarray(0, 2)
    expect(question('ghcr.io').toString('hex', 2)).to.equal(
      '01000001000000000000' + '0467686372' + '02696f' + '00' + '00010001',
    )
    expect(id).to.have.lengthOf(2)
  })

  it('asks for IPv6 addresses by their own type', () => {
    expect(question('ghcr.io', 6).toString('hex').slice(-8)).to.equal('001c0001')
  })

  it('has an identifier that the one before does not tell', () => {
    const ids = new Set(Array.from({ length: 50 }, () => question('ghcr.io').readUInt16BE(0)))
    expect(ids.size).to.be.greaterThan(40)
  })

  const none: readonly (readonly [what: string, name: string])[] = [
    ['with an empty label', 'a..test'],
    ['with a label of 64 characters', `${'a'.repeat(64)}.test`],
    ['of 254 characters', `${'a.'.repeat(126)}aa`],
    ['with a character that is not ASCII', 'ä.test'],
    ['with a blank', 'a b.test'],
    ['that is empty', ''],
  ]
  for (const [what, name] of none) {
    it(`is not asked for a name ${what}`, () => {
      expect(questionFor(name, 4)).to.equal(undefined)
    })
  }

  it('is asked for a name that is as long as it may be', () => {
    expect(question(`${'a.'.repeat(126)}a`)).to.have.lengthOf(12 + 255 + 4)
    expect(question(`${'a'.repeat(63)}.test`)).to.have.lengthOf(12 + 64 + 6 + 4)
  })
})

describe('the answer of a name server', () => {
  const asked = question('registry.test')
  const addresses = (message: Buffer, of = asked, family: Family = 4) => {
    const reading = readAnswer(message, of, family)
    return reading?.kind === 'addresses' ? reading.addresses.map(({ address }) => address) : reading?.kind
  }
  const changed = (change: (message: Buffer) => void, answer = response(asked, ['10.0.0.1'])) => {
    change(answer)
    return answer
  }
  /** An answer with these records, each after the question. */
  const withRecords = (...records: readonly string[]) =>
    changed(
      (message) => message.writeUInt16BE(records.length, 6),
      Buffer.concat([response(asked, []), Buffer.from(records.join(''), 'hex')]),
    )
  const address = 'c00c' + '00010001' + '0000003c' + '0004' + '0a000001'

  it('has all the addresses', () => {
    expect(addresses(response(asked, ['10.0.0.1', '10.0.0.2']))).to.deep.equal(['10.0.0.1', '10.0.0.2'])
  })

  it('has IPv6 addresses as they are written', () => {
    const of = question('registry.test', 6)
    expect(readAnswer(response(of, ['fd00::a:1']), of, 6)).to.deep.equal({
      kind: 'addresses',
      addresses: [{ address: 'fd00::a:1', family: 6 }],
    })
  })

  it('has the addresses of the name that the name is an alias of', () => {
    const alias = 'c00c' + '00050001' + '0000003c' + '0006' + '0363646e' + 'c015'
    const ofAlias = '0363646e' + 'c015' + '00010001' + '0000003c' + '0004' + '0a000007'
    expect(addresses(withRecords(alias, ofAlias))).to.deep.equal(['10.0.0.7'])
  })

  it('has no addresses of another type, class or length', () => {
    const others = [
      address.replace('00010001', '001c0001'),
      address.replace('00010001', '00010003'),
      address.replace('00040a000001', '00050a00000100'),
    ]
    expect(addresses(withRecords(...others, address.replace('0a000001', '0a000002')))).to.deep.equal(['10.0.0.2'])
  })

  it('may repeat the name in other letters', () => {
    expect(addresses(changed((message) => message.write('REGISTRY', 13, 'latin1')))).to.deep.equal(['10.0.0.1'])
  })

  const codes: readonly (readonly [code: number, kind: string])[] = [
    [1, 'refused'],
    [2, 'failed'],
    [3, 'none'],
    [4, 'refused'],
    [5, 'refused'],
  ]
  for (const [code, kind] of codes) {
    it(`is "${kind}" by the code ${code}, whatever addresses are with it`, () => {
      expect(addresses(changed((message) => message.writeUInt16BE(0x8180 | code, 2)))).to.equal(kind)
    })
  }

  it('is "none" without a record', () => {
    expect(addresses(response(asked, []))).to.equal('none')
  })

  it('is "truncated" where there was no room for any address', () => {
    expect(addresses(changed((message) => message.writeUInt16BE(0x8380, 2), response(asked, [])))).to.equal('truncated')
  })

  it('has the addresses that there was room for', () => {
    const whole = response(asked, ['10.0.0.1', '10.0.0.2'])
    const cut = changed((message) => message.writeUInt16BE(0x8380, 2), whole.subarray(0, whole.length - 1))
    expect(addresses(cut)).to.deep.equal(['10.0.0.1'])
  })

  it('is "refused" where it ends before its first address and does not say so', () => {
    expect(addresses(response(asked, ['10.0.0.1']).subarray(0, -1))).to.equal('refused')
  })

  it('is a refusal that does not repeat the question', () => {
    const kinds = [1, 2].map((code) => {
      const header = Buffer.from(asked.subarray(0, 12))
      header.writeUInt16BE(0x8180 | code, 2)
      header.writeUInt16BE(0, 4)
      return addresses(header)
    })
    expect(kinds).to.deep.equal(['refused', 'failed'])
  })

  const foreign: readonly (readonly [what: string, change: (message: Buffer) => void])[] = [
    ['has another identifier', (message) => message.writeUInt16BE(message.readUInt16BE(0) ^ 1, 0)],
    ['is a question', (message) => message.writeUInt16BE(0x0100, 2)],
    ['is of another kind of operation', (message) => message.writeUInt16BE(0xa980, 2)],
    ['is about another name', (message) => message.write('x', 13)],
    ['is about another type', (message) => message.writeUInt16BE(28, asked.length - 4)],
    ['is about another class', (message) => message.writeUInt16BE(3, asked.length - 2)],
    ['repeats two questions', (message) => message.writeUInt16BE(2, 4)],
    ['repeats no question and has no fault to tell', (message) => message.writeUInt16BE(0, 4)],
  ]
  for (const [what, change] of foreign) {
    it(`is none that ${what}`, () => {
      expect(addresses(changed(change))).to.equal(undefined)
    })
  }

  it('is none of any other bytes, and never a fault of the program', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const message = Buffer.from(bytes)
        expect(readAnswer(message.subarray(2), asked, 4)).to.equal(undefined)
        // After a header and a question that are the right ones.
        const header = response(asked, [])
        header.writeUInt16BE(0xffff, 6)
        expect(['addresses', 'none', 'refused', undefined]).to.include(
          readAnswer(Buffer.concat([header, message]), asked, 4)?.kind,
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('is read no further than to one address more than a host may have', () => {
    const many = Array.from({ length: 4000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
    expect(addresses(response(asked, many))).to.have.lengthOf(129)
  })
})
