/** The directives of a resolv.conf(5), each with its words, without comments. */
export function directivesOf(text: string): string[][] {
  return text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  )
}
