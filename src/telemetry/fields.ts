/** Characters that JSON writes with one byte each: the length of such a text is its size. */
const plain = /^[ !#-[\]-~]*$/

/**
 * `text`, cut to what takes at most `longest` bytes as JSON in UTF-8, where a character may take six; three dots follow where
 * it was cut. What a Pod holds has not been validated yet: without a bound its author could fill the disk with log lines.
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

/**
 * The most bytes that JSON in UTF-8 takes for one UTF-16 code unit. A surrogate counts as an escape such as `\ud800`, since
 * the other half of its pair may have been cut off.
 */
function bytesOf(code: number): number {
  if (code < 0x20 || (code >= 0xd800 && code < 0xe000)) return 6
  if (code === 0x22 || code === 0x5c) return 2
  if (code < 0x80) return 1
  return code < 0x800 ? 2 : 3
}

/** Rounded to a hundredth of a millisecond. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
