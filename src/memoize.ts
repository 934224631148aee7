/** How many results are remembered, and the longest text for which: Pods come by the thousand, their images do not. */
const capacity = 2000
const longestText = 512

/** `compute` with its latest results remembered: `text` alone must tell what it results in, and `rest` follow from that. */
export function memoize<Result, Rest extends unknown[]>(
  compute: (text: string, ...rest: Rest) => Result,
): (text: string, ...rest: Rest) => Result {
  let recent = new Map<string, Result>()
  let earlier = new Map<string, Result>()
  return (text, ...rest) => {
    if (text.length > longestText) return compute(text, ...rest)
    const known = recent.get(text)
    if (known !== undefined) return known
    const result = earlier.get(text) ?? compute(text, ...rest)
    if (recent.size >= capacity / 2) {
      earlier = recent
      recent = new Map()
    }
    recent.set(text, result)
    return result
  }
}
