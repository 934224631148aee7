/** How many results are kept, and the longest text for which: Pods come by the thousand, their images do not. */
const capacity = 2000
const longestText = 512

/** Bytes of all that is kept, texts and results, as far as `sizeOf` tells: the authors of Pods choose what there is. */
const budget = 8 * 1024 * 1024

/**
 * `compute` with its latest results kept: `text` alone must tell what it results in, and `rest` follow from that.
 *
 * @param sizeOf about how many bytes a result takes where that depends on who wrote the text; what is too large beside the
 * others is not kept
 */
export function memoize<Result, Rest extends unknown[]>(
  compute: (text: string, ...rest: Rest) => Result,
  sizeOf: (result: Result, text: string) => number = () => 0,
): (text: string, ...rest: Rest) => Result {
  let recent = new Map<string, Result>()
  let earlier = new Map<string, Result>()
  let left = budget / 2

  function keep(text: string, result: Result): void {
    const size = 2 * text.length + sizeOf(result, text)
    if (size > budget / 20) return
    if (recent.size >= capacity / 2 || size > left) {
      earlier = recent
      recent = new Map()
      left = budget / 2
    }
    left -= size
    recent.set(text, result)
  }

  return (text, ...rest) => {
    if (text.length > longestText) return compute(text, ...rest)
    const known = recent.get(text)
    if (known !== undefined) return known
    const result = earlier.get(text) ?? compute(text, ...rest)
    keep(text, result)
    return result
  }
}

/** Gives each object a number of its own, which tells it in the text that a result is kept by. */
export function createNumbering(): (object: object) => number {
  const numbers = new WeakMap<object, number>()
  let last = 0
  return (object) => {
    const known = numbers.get(object)
    if (known !== undefined) return known
    numbers.set(object, ++last)
    return last
  }
}
