const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const month = `(?<month>${months.join('|')})`
const day = '(?<day>0[1-9]|[12][0-9]|3[01])'
const time = '(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9]):(?<second>[0-5][0-9]|60)'

/** IMF-fixdate, and the two obsolete formats that recipients must read: those of RFC 850 and of C's asctime. */
const dates = [
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ${day} ${month} (?<year>[0-9]{4}) ${time} GMT`,
  `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, ${day}-${month}-(?<shortYear>[0-9]{2}) ${time} GMT`,
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>0[1-9]|[12][0-9]|3[01]| [1-9]) ${time} (?<year>[0-9]{4})`,
].map((format) => new RegExp(`^${format}$`))

/**
 * For how many milliseconds a `Retry-After` asks (RFC 9110 section 10.2.3), fewer than 0 for a date in the past;
 * undefined where it is neither a number of seconds nor a date of RFC 9110 section 5.6.7.
 */
export function readRetryAfter(text: string, now: number): number | undefined {
  const value = text.trim()
  if (/^[0-9]+$/.test(value)) return Number(value) * 1000
  const date = readDate(value, now)
  return date === undefined ? undefined : date - now
}

/** In milliseconds since the epoch. Each of the formats is in GMT. */
function readDate(text: string, now: number): number | undefined {
  for (const format of dates) {
    const parts = format.exec(text)?.groups
    if (parts === undefined) continue
    const { shortYear, year, month = '', day, hour, minute, second } = parts
    const fullYear = shortYear === undefined ? Number(year) : recentYear(Number(shortYear), now)
    return Date.UTC(fullYear, months.indexOf(month), Number(day), Number(hour), Number(minute), Number(second))
  }
  return undefined
}

/** The year with these two last digits, at most 50 years in the future. */
function recentYear(lastDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + lastDigits
  return year > thisYear + 50 ? year - 100 : year
}
