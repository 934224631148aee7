import type { Decision } from '../decision/decision.ts'
import { printable } from '../decision/warnings.ts'
import type { RegistryObserver } from '../registry/verdicts.ts'
import type { CliContext } from './terminal/context.ts'
import { formatTable, type Cell, type Colour, type Row } from './terminal/table.ts'
import { actionText, verdictText, why } from './wording.ts'

/** A request that was made for an image. */
export type RegistryRequest = Parameters<NonNullable<RegistryObserver['request']>>[0]

/** What was found out about one image. */
export interface ImageReport {
  readonly decision: Decision
  readonly milliseconds: number
  /** Why the webhook is not asked about the Pod, whatever it would decide; absent where it is, or where nothing tells. */
  readonly notAsked?: string
  /** Absent where they were not asked for. */
  readonly requests?: readonly RegistryRequest[]
}

/**
 * Whether the image can be pulled, as far as is known. What the webhook knows of that is in its warning; of a Pod about which
 * it is not asked, it knows nothing.
 */
export function works({
  notAsked,
  decision: { warning, action, proxy },
}: Pick<ImageReport, 'decision' | 'notAsked'>): boolean {
  if (notAsked !== undefined) return true
  return warning === undefined && (action === 'leave' || proxy?.access !== 'refused')
}

/** Fitted to the terminal, if one reads along; https://no-color.org is respected. */
export function writeTable(
  header: readonly string[],
  rows: readonly Row[],
  { stdout, terminal, environment }: Pick<CliContext, 'stdout' | 'terminal' | 'environment'>,
): void {
  const width = terminal ? stdout.columns : undefined
  stdout.write(formatTable(header, rows, { width, colours: terminal && !environment['NO_COLOR'] }))
}

/** Writes JSON for programs, with a line break at its end. */
export function writeJson(content: unknown, { stdout }: Pick<CliContext, 'stdout'>): void {
  stdout.write(`${JSON.stringify(content, null, 2)}\n`)
}

export const columns = ['IMAGE', 'ANONYMOUS', 'PROXY', 'DECISION', 'MS', 'WHY'] as const

/** An image as the row of a table with `columns`: its location, and the requests that were made for it, stand below. */
export function toRow(report: ImageReport): Row {
  const { decision, milliseconds, requests = [] } = report
  const { image, location, anonymous, proxy } = decision
  const details: Cell[] = [
    ...(location === undefined || report.notAsked !== undefined
      ? []
      : [{ text: `-> ${location}`, colour: 'cyan' as const }]),
    ...requests.map((request) => ({ text: requestText(request), colour: 'gray' as const })),
  ]
  return {
    cells: [
      printable(image),
      coloured(verdictText(anonymous), colourOf(anonymous?.access)),
      coloured(verdictText(proxy), colourOf(proxy?.access)),
      coloured(actionText(report), works(report) ? 'green' : 'red'),
      String(Math.round(milliseconds)),
      printable(why(decision, report.notAsked)),
    ],
    details,
  }
}

/** The same for a program to read; its keys are those of the webhook's log line. */
export function toJson(report: ImageReport) {
  const { decision, milliseconds, requests, notAsked } = report
  const { image, action, reason, location, rule, anonymous, proxy } = decision
  return {
    image,
    decision: action,
    reason,
    works: works(report),
    why: why(decision, notAsked),
    notAsked,
    location,
    rule,
    anonymous: anonymous && { access: anonymous.access, reason: anonymous.reason },
    proxy: proxy && { access: proxy.access, reason: proxy.reason },
    milliseconds: rounded(milliseconds),
    requests: requests?.map(({ step, method, url, status, error, milliseconds }) => ({
      step,
      method,
      url,
      status,
      error,
      milliseconds: rounded(milliseconds),
    })),
  }
}

function requestText({ method, url, status, error, milliseconds }: RegistryRequest): string {
  return `${method.padEnd(4)} ${printable(url)}  ${status ?? error ?? ''}  ${Math.round(milliseconds)} ms`
}

function coloured(text: string, colour: Colour | undefined): Cell {
  return colour === undefined ? { text } : { text, colour }
}

function colourOf(access: string | undefined): Colour | undefined {
  switch (access) {
    case 'public':
    case 'served':
      return 'green'
    case 'private':
      return 'yellow'
    case 'missing':
    case 'refused':
      return 'red'
    case 'unknown':
      return 'gray'
    default:
      return undefined
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
