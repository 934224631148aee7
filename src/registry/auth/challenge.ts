/** One way in which a server asks for credentials. */
export interface Challenge {
  /** In lower case: `bearer`, `basic` … */
  readonly scheme: string
  /** By name in lower case. Empty for a scheme without parameters and for one with a token68. */
  readonly params: Readonly<Record<string, string>>
}

/**
 * Reads the challenges of a response's `WWW-Authenticate` lines, in their order (RFC 9110 section 11.6.1). Several
 * lines are one list (section 5.3). Registries break the grammar in many ways, so what cannot be read is skipped and
 * the rest still counts: an unquoted value reaches to the next blank or comma, an open quote to the end of its line,
 * and a comma may be missing after a scheme or a quoted value. Of a parameter given twice the last counts, as with the
 * clients of distribution and containerd. Never throws; linear in the input's length.
 */
export function parseChallenges(lines: readonly string[]): Challenge[] {
  const found: Found[] = []
  for (const line of lines) readLine(line, found)
  // Object.fromEntries makes an own property even of a parameter called `__proto__`.
  return found.map(({ scheme, params }) => ({ scheme, params: Object.fromEntries(params) }))
}

interface Found {
  readonly scheme: string
  readonly params: Map<string, string>
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const separators = /[ \t\r\n,]+/y
const word = /[^ \t\r\n,="]+/y
const blanks = /[ \t\r\n]*/y
const equals = /[ \t\r\n]*=[ \t\r\n]*/y
const quotedString = /"([^"\\]*(?:\\[^][^"\\]*)*)(?:"|\\?$)/y
const unquotedValue = /[^ \t\r\n,]*/y
/** Recognises a token68 (RFC 9110 section 11.2), as in `Negotiate YWI=`, which looks like the start of a parameter. */
const token68Padding = /=+[ \t\r\n]*(?=,|$)/y

function readLine(line: string, found: Found[]): void {
  let position = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(line)
    if (match !== null) position = pattern.lastIndex
    return match
  }

  /** What came before the next word: that decides whether the word can be a scheme. */
  let after: 'comma' | 'scheme' | 'quoted' | 'unquoted' = 'comma'
  while (position < line.length) {
    if (take(separators)?.[0].includes(',') === true) after = 'comma'
    const name = take(word)?.[0]
    if (name === undefined) {
      if (take(quotedString) === null) position++
      continue
    }
    if (after === 'scheme' && take(token68Padding) !== null) continue

    if (take(equals) !== null) {
      const quoted = take(quotedString)
      const value = quoted?.[1]?.replace(/\\([^])/g, '$1') ?? take(unquotedValue)?.[0] ?? ''
      if (token.test(name)) found.at(-1)?.params.set(name.toLowerCase(), value)
      after = quoted === null ? 'unquoted' : 'quoted'
      continue
    }

    take(blanks)
    const isLast = position >= line.length || line[position] === ','
    // Without a comma before it, a lone last word is a token68 or the rest of an unquoted value.
    const isScheme = after === 'comma' || (after !== 'unquoted' && !isLast)
    if (isScheme && token.test(name)) {
      found.push({ scheme: name.toLowerCase(), params: new Map() })
      after = 'scheme'
    }
  }
}
