/** A value as Grafana writes it in one of its units, near enough to read. */
export function format(value: number, unit: string | undefined): string {
  if (!Number.isFinite(value)) return '–'
  if (unit === 's') return seconds(value)
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(0)} MiB`
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}

function seconds(value: number): string {
  if (value < 1) return `${(value * 1000).toFixed(1)} ms`
  const [amount, name] =
    value >= 86_400 ? [value / 86_400, 'days'] : value >= 3_600 ? [value / 3_600, 'hours'] : [value, 's']
  return `${amount.toFixed(1)} ${name}`
}
