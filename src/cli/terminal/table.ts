import { styleText } from 'node:util'

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'gray'

export interface Cell {
  readonly text: string
  readonly colour?: Colour
}

export interface Row {
  readonly cells: readonly (Cell | string)[]
  /** Lines of their own below the row, which take no part in the columns' widths. */
  readonly details?: readonly Cell[]
  /** The column under which they begin. Default: the first. */
  readonly detailsUnder?: number
}

export interface TableOptions {
  /** Characters of a line, for a terminal: the last column is wrapped to fit, or stands below. Any number where absent. */
  readonly width?: number | undefined
  readonly colours: boolean
}

const gap = '  '
/** Where the last column would be narrower than this, it goes below the others. */
const narrowest = 32

/** An aligned table with a line break at its end. */
export function formatTable(header: readonly string[], rows: readonly Row[], { width, colours }: TableOptions): string {
  const paint = (cell: Cell, text: string) =>
    colours && cell.colour !== undefined ? styleText(cell.colour, text, { validateStream: false }) : text
  const lines = rows.map(({ cells }) => cells.map(toCell))
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((cells) => cells[column]?.text.length ?? 0)),
  )
  const last = header.length - 1
  const leftOf = (column: number) => widths.slice(0, column).reduce((sum, width) => sum + width + gap.length, 0)
  const beside = width === undefined || width - leftOf(last) >= narrowest
  const before = beside ? leftOf(last) : 2 * gap.length
  const room = width === undefined ? Infinity : Math.max(narrowest, width - before)

  const format = (cells: readonly Cell[]): string[] => {
    const columns = cells.slice(0, last).map((cell, column) => paint(cell, cell.text) + pad(cell.text, widths[column]))
    const end = cells[last] ?? { text: '' }
    const lines = wrap(end.text, room).map((text) => paint(end, text))
    const first = beside ? (lines.shift() ?? '') : ''
    return [[...columns, first].join(gap).trimEnd(), ...lines.filter(Boolean).map((line) => ' '.repeat(before) + line)]
  }
  const title = header.map((text): Cell => ({ text, colour: 'gray' }))
  const body = rows.flatMap(({ details = [], detailsUnder = 0 }, index) => [
    ...format(lines[index] ?? []),
    ...details.map((cell) => ' '.repeat(leftOf(detailsUnder)) + gap + paint(cell, cell.text)),
  ])
  return [...format(title), ...body, ''].join('\n')
}

function toCell(cell: Cell | string): Cell {
  return typeof cell === 'string' ? { text: cell } : cell
}

function pad(text: string, width = 0): string {
  return ' '.repeat(width - text.length)
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
