import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { Row } from '../src/cli/terminal/table.ts'
import { actionText, verdictText, why } from '../src/cli/wording.ts'
import type { VerdictReason } from '../src/decision/verdict.ts'
import { quote } from '../src/decision/warnings.ts'
import { imagesOf } from '../src/pod/images.ts'
import type { Answered, LoggedImage } from '../testbed/webhook.ts'

export function reviewPath(name: string): string {
  return fileURLToPath(new URL(`../test/fixtures/reviews/${name}.json`, import.meta.url))
}

/** A recorded AdmissionReview, as a real API server sent it. */
export function readReview(name: string): Promise<string> {
  return readFile(reviewPath(name), 'utf8')
}

/** One image of a Pod, before and after the webhook's patch was applied to the Pod. */
export interface Told {
  readonly logged: LoggedImage
  /** Absent where the patch leaves the image as it is. */
  readonly location?: string
  readonly warning?: string
}

/** Applies the webhook's patch to the Pod of the review, and tells each image by that, the log and the warnings. */
export function tell(review: string, { response, images }: Answered): Told[] {
  const { object } = (JSON.parse(review) as { request: { object: object } }).request
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || '[]') as Operation[]
  const patched: unknown = jsonPatch.applyPatch(object, patch, true, false).newDocument
  const after = new Map(imagesOf(patched).map(({ name, image }) => [name, image]))
  return images.map((logged) => {
    const location = after.get(logged.name)
    const warning = response.warnings?.find((text) => text.startsWith(`image ${quote(logged.image)}`))
    return {
      logged,
      ...(location === undefined || location === logged.image ? {} : { location }),
      ...(warning === undefined ? {} : { warning }),
    }
  })
}

export const columns = ['IMAGE', 'ANONYMOUS', 'PROXY', 'MS', 'WHAT HAPPENED', 'WHY']

/** Rows of `columns`, below one with the Pod's name alone. */
export function toRows(pod: string, told: readonly Told[]): Row[] {
  return [{ cells: [{ text: `Pod ${pod}`, colour: 'cyan' }] }, ...told.map(toRow)]
}

function toRow({ logged, location, warning }: Told): Row {
  const { image, decision: action, reason, rule, milliseconds } = logged
  const anonymous = verdict(logged.anonymous, logged.anonymousReason)
  const proxy = verdict(logged.proxy, logged.proxyReason)
  const decision = {
    image,
    // What the patch did counts, whatever the log says.
    action: location === undefined && action === 'rewrite' ? 'leave' : action,
    reason,
    ...(rule !== undefined && { rule }),
    ...(warning !== undefined && { warning }),
    ...(anonymous && { anonymous }),
    ...(proxy && { proxy }),
  } as const
  return {
    cells: [
      image,
      { text: verdictText(anonymous), colour: colours[anonymous?.access ?? ''] ?? 'gray' },
      { text: verdictText(proxy), colour: colours[proxy?.access ?? ''] ?? 'gray' },
      milliseconds.toFixed(milliseconds < 10 ? 1 : 0).padStart(4),
      { text: actionText({ decision }), colour: location === undefined ? 'gray' : 'cyan' },
      warning === undefined ? why(decision) : { text: why(decision), colour: 'yellow' },
    ],
    ...(location === undefined ? {} : { details: [{ text: `-> ${location}`, colour: 'cyan' as const }] }),
  }
}

function verdict<Access>(access: Access | undefined, reason: VerdictReason | undefined) {
  return access === undefined || reason === undefined ? undefined : { access, reason }
}

const colours = { public: 'green', served: 'green', private: 'yellow', missing: 'red', refused: 'red' } as Readonly<
  Record<string, 'green' | 'yellow' | 'red' | undefined>
>
