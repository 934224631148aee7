import { directivesOf } from './resolvConf.ts'

/** How names that are not fully qualified are completed. */
export interface SearchList {
  readonly domains: readonly string[]
  /** A name with fewer dots is looked up in the domains before it is looked up as it stands. */
  readonly ndots: number
}

/** The longest name that DNS can carry (RFC 1035), as text. */
const maxName = 253
/** What resolv.conf(5) allows at most. */
const maxNdots = 15

/**
 * Reads the search list of resolv.conf(5): the last of `search` and `domain` counts, and `ndots` of the options.
 *
 * @param hostname of this machine. Its domain is searched where the file names none.
 */
export function parseSearchList(text: string, hostname: string): SearchList {
  let domains = hostname.split('.').slice(1).join('.').split(' ')
  let ndots = 1
  for (const [keyword, ...values] of directivesOf(text)) {
    if (keyword === 'search') domains = values
    if (keyword === 'domain') domains = values.slice(0, 1)
    if (keyword !== 'options') continue
    for (const option of values) {
      const [, number] = /^ndots:(\d+)$/.exec(option) ?? []
      if (number !== undefined) ndots = Math.min(Number(number), maxNdots)
    }
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''), ndots }
}

/**
 * The names to look up for a host, one after the other, as glibc's `res_search` does. A name that ends with a dot is
 * fully qualified.
 */
export function namesFor(hostname: string, { domains, ndots }: SearchList): string[] {
  if (hostname.endsWith('.')) return [hostname.slice(0, -1)]
  const completed = domains.map((domain) => `${hostname}.${domain}`)
  const dots = hostname.split('.').length - 1
  return [...new Set(dots >= ndots ? [hostname, ...completed] : [...completed, hostname])].filter(
    ({ length }) => length <= maxName,
  )
}
