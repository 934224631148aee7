/** How many results are remembered, and the longest text for which: Pods come by the thousand, their images do not. */
const capacity = 2000
const longestText = 512

/** `compute`, which must be pure, with its latest results remembered. */
export function remember<Result>(compute: (text: string) => Result): (text: string) => Result {
  let recent = new Map<string, Result>()
  let earlier = new Map<string, Result>()
  return (text) => {
    if (text.length > longestText) return compute(text)
    const known = recent.get(text)
    if (known !== undefined) return known
    const result = earlier.get(text) ?? compute(text)
    if (recent.size >= capacity / 2) {
      earlier = recent
      recent = new Map()
    }
    recent.set(text, result)
    return result
  }
}
