import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { formatTable } from '../../../src/cli/terminal/table.ts'

describe('a table', () => {
  const rows = [
    { cells: ['redis:7', { text: 'public', colour: 'green' as const }, 'readable without any credentials at all'] },
    { cells: ['quay.io/a/b', 'no', 'private'], details: [{ text: '-> elsewhere' }] },
  ]
  const header = ['IMAGE', 'ACCESS', 'WHY']

  it('aligns its columns and puts details below their row', () => {
    expect(formatTable(header, rows, { colours: false })).to.equal(
      [
        'IMAGE        ACCESS  WHY',
        'redis:7      public  readable without any credentials at all',
        'quay.io/a/b  no      private',
        '  -> elsewhere',
        '',
      ].join('\n'),
    )
  })

  it('wraps the last column to the terminal', () => {
    expect(formatTable(header, rows, { width: 54, colours: false }).split('\n').slice(1, 3)).to.deep.equal([
      'redis:7      public  readable without any credentials',
      '                     at all',
    ])
  })

  it('puts the last column below the others where the terminal leaves no room for it', () => {
    expect(formatTable(header, rows, { width: 40, colours: false }).split('\n').slice(0, 6)).to.deep.equal([
      'IMAGE        ACCESS',
      '    WHY',
      'redis:7      public',
      '    readable without any credentials at',
      '    all',
      'quay.io/a/b  no',
    ])
  })

  it('keeps its columns when it is coloured', () => {
    const plain = formatTable(header, rows, { colours: false })
    const coloured = formatTable(header, rows, { colours: true })
    expect(coloured).to.include('\u001b[32mpublic\u001b[39m')
    expect(stripVTControlCharacters(coloured)).to.equal(plain)
  })
})
