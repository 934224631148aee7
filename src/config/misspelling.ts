/**
 * The first of `candidates` that a name looks like a misspelling of: other separators or capitals, or at most two edits
 * away. Undefined where it looks like none.
 */
export function meantBy(name: string, candidates: readonly string[]): string | undefined {
  return candidates.find((candidate) => isNear(name, candidate))
}

function isNear(name: string, other: string): boolean {
  if (name.length > 40) return false
  const [plainName, plainOther] = [plain(name), plain(other)]
  const most = Math.min(2, Math.floor(other.length / 3))
  // A Pod has a dozen variables for each Service of its namespace: most differ in length by more than that.
  return Math.abs(plainName.length - plainOther.length) <= most && editDistance(plainName, plainOther) <= most
}

function plain(text: string): string {
  return text.replace(/[-_]/g, '').toLowerCase()
}

/** Levenshtein's distance: how many characters must be added, taken away or replaced. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const substituted = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
