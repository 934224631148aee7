import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { followLog } from '../../testbed/logLines.ts'

describe('the lines of a log', () => {
  const cases: readonly [what: string, chunks: readonly (string | Buffer)[], told: readonly unknown[]][] = [
    ['end at a line feed', ['{"a":1}\n{"b":2}\n'], [{ a: 1 }, { b: 2 }]],
    ['go on after the separators of Unicode', ['{"a":"x\u2028y\u2029z"}\n'], [{ a: 'x\u2028y\u2029z' }]],
    ['come in pieces', ['{"a"', ':1}', '\n{'], [{ a: 1 }]],
    [
      'are cut within a character',
      [Buffer.from('{"a":"ä"}\n').subarray(0, 7), Buffer.from('ä"}\n').subarray(1)],
      [{ a: 'ä' }],
    ],
    ['need not be JSON', ['Killed\n{"a":1}\n'], ['other: Killed', { a: 1 }]],
  ]
  for (const [what, chunks, expected] of cases) {
    it(what, async () => {
      const told: unknown[] = []
      const log = new PassThrough()
      followLog(log, { entry: (value) => told.push(value), other: (text) => told.push(`other: ${text}`) })
      for (const chunk of chunks) log.write(chunk)
      log.end()
      await new Promise((resolve) => log.once('end', resolve))
      expect(told).to.deep.equal(expected)
    })
  }
})
