/** More characters than any reference has that a registry could serve. */
const longestText = 1024

/** Nobody has validated yet what a Pod holds: without a bound its author could fill the disk with log lines. */
export function excerpt(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}...` : text
}

/** To a hundredth. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
