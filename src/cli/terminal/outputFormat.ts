/** How a command prints what it found out. */
export type OutputFormat = 'table' | 'json' | 'yaml' | 'html'
