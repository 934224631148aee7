import { format } from './quantity.ts'
import type { Panel } from './dashboard.ts'
import type { Series } from './prometheus.ts'

/** A panel with what Prometheus answered to each of its queries, named by its legend. */
export interface Answered {
  readonly panel: Panel
  readonly series: readonly { readonly name: string; readonly values: Series['values'] }[]
}

const [column, row, gap] = [50, 38, 8]
const colors = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#8ab8ff', '#96d98d']
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Draws the dashboard as an SVG, with a caption that says what it is. */
export function drawDashboard(panels: readonly Answered[], caption: string): string {
  const height = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h)) * row
  const width = 24 * column
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + 40}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height + 40}" fill="#111217"/>`,
    ...panels.map(drawPanel),
    `<text x="${gap}" y="${height + 25}" fill="#ccccdc" font-size="14">${escape(caption)}</text>`,
    '</svg>\n',
  ].join('\n')
}

function drawPanel({ panel, series }: Answered): string {
  const { x, y, w, h } = panel.gridPos
  const [width, height] = [w * column - gap, h * row - gap]
  const content = panel.type === 'timeseries' ? lines(panel, series, width, height) : values(panel, series, height)
  return [
    `<g transform="translate(${x * column + gap / 2} ${y * row + gap / 2})">`,
    `<rect width="${width}" height="${height}" rx="3" fill="#181b1f" stroke="#2c3235"/>`,
    `<text x="10" y="22" fill="#ccccdc" font-size="14" font-weight="600">${escape(panel.title)}</text>`,
    content,
    '</g>',
  ].join('')
}

/** Of a stat or a bar gauge: the latest value of each series. */
function values(panel: Panel, series: Answered['series'], height: number): string {
  if (panel.type === 'stat') {
    const [only] = series
    const text = only === undefined ? 'No data' : (shown(panel, latest(only)) ?? only.name)
    return `<text x="10" y="${height / 2 + 30}" fill="${colors[0] ?? ''}" font-size="30">${escape(text)}</text>`
  }
  return series
    .map((each, index) => {
      const text = `${each.name}  ${shown(panel, latest(each)) ?? ''}`
      return `<text x="10" y="${52 + index * 24}" fill="#ccccdc" font-size="15">${escape(text)}</text>`
    })
    .join('')
}

function latest({ values }: Answered['series'][number]): number {
  return values.at(-1)?.[1] ?? Number.NaN
}

function shown({ fieldConfig: { defaults }, title }: Panel, value: number): string | undefined {
  const [mapping] = defaults.mappings ?? []
  // The version is the name of its series.
  if (title === 'Version') return undefined
  return mapping?.options[String(value)]?.text ?? format(value, defaults.unit)
}

function lines({ fieldConfig }: Panel, series: Answered['series'], width: number, height: number): string {
  const points = series.flatMap(({ values }) => values).filter(([, value]) => Number.isFinite(value))
  const [first, last] = [Math.min(...points.map(([time]) => time)), Math.max(...points.map(([time]) => time))]
  const most = Math.max(...points.map(([, value]) => value), 1e-9)
  const columns = Math.min(4, series.length)
  const place = ([time, value]: readonly [number, number]) =>
    `${(10 + ((time - first) / (last - first || 1)) * (width - 20)).toFixed(1)},${(height - 50 - (value / most) * (height - 90)).toFixed(1)}`
  const top = `<text x="${width - 10}" y="22" text-anchor="end" fill="#8e8e9c" font-size="12">up to ${format(most, fieldConfig.defaults.unit)}</text>`
  const drawn = series.map(({ name, values }, index) => {
    const color = colors[index % colors.length] ?? ''
    const points = values.filter(([, value]) => Number.isFinite(value)).map(place)
    const [left, below] = [
      10 + (index % columns) * ((width - 20) / columns),
      height - 24 + Math.floor(index / columns) * 15,
    ]
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.5"/>` +
      `<text x="${left.toFixed(0)}" y="${below}" fill="${color}" font-size="12">${escape(name)}</text>`
    )
  })
  return top + drawn.join('')
}
