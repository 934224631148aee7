/** A text as far as JSON writes it with one byte a character. */
const plain = /^[ !#-[\]-~]*$/

/**
 * `text`, cut so that its JSON, which writes some characters with six bytes, takes `longest` bytes and three dots at most. Nobody has
 * validated yet what a Pod holds: without a bound its author could fill the disk with log lines.
 */
export function excerpt(text: string, longest: number): string {
  if (text.length <= longest && plain.test(text)) return text
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    bytes += bytesOf(text.charCodeAt(index))
    if (bytes > longest) return `${text.slice(0, index)}...`
  }
  return text
}

/** At most so many bytes does JSON in UTF-8 take for one UTF-16 unit; half of a pair may have lost the other half. */
function bytesOf(code: number): number {
  if (code < 0x20 || (code >= 0xd800 && code < 0xe000)) return 6
  if (code === 0x22 || code === 0x5c) return 2
  if (code < 0x80) return 1
  return code < 0x800 ? 2 : 3
}

/** To a hundredth. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
