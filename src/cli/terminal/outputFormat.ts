/** How `check` can print what it found out; the first one where nothing is said. */
export const checkFormats = ['table', 'json'] as const
export type CheckFormat = (typeof checkFormats)[number]

/** How `explain` can. */
export const explainFormats = ['table', 'json', 'yaml', 'html'] as const
export type ExplainFormat = (typeof explainFormats)[number]

/** How it prints a report: `yaml` is manifests. */
export type ReportFormat = Exclude<ExplainFormat, 'yaml'>
