/**
 * The options of `serve` where it is spelt as the image and the chart do: alone, or with `--config FILE`. Undefined for all
 * that takes commander, which knows every other spelling, faults and help: a webhook need not wait for it to load.
 */
export function plainServe(argv: readonly string[]): { readonly config?: string } | undefined {
  const [command, option, config] = argv
  if (command !== 'serve') return undefined
  if (argv.length === 1) return {}
  return argv.length === 3 && option === '--config' && config && !config.startsWith('-') ? { config } : undefined
}
