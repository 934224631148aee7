import { expect } from 'chai'

import { parseDuration } from '../../src/config/duration.ts'

const table: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
  ['0', 0],
  ['0s', 0],
  ['1ms', 1],
  ['2500ms', 2500],
  ['2s', 2000],
  ['1.5s', 1500],
  ['0.4ms', 0],
  ['30m', 1_800_000],
  ['1h30m', 5_400_000],
  ['24h', 86_400_000],
  ['1d', 86_400_000],
  ['1m1h', 3_660_000],
  ['', undefined],
  ['5', undefined],
  ['s', undefined],
  ['5 s', undefined],
  [' 5s', undefined],
  ['-5s', undefined],
  ['+5s', undefined],
  ['5S', undefined],
  ['5us', undefined],
  ['1.s', undefined],
  ['.5s', undefined],
  ['5s3', undefined],
  ['1e3ms', undefined],
  ['PT5S', undefined],
]

describe('parseDuration', () => {
  for (const [text, milliseconds] of table) {
    it(`takes "${text}" for ${milliseconds === undefined ? 'no duration' : `${milliseconds} ms`}`, () => {
      expect(parseDuration(text)).to.equal(milliseconds)
    })
  }
})
