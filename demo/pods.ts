import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { Row } from '../src/cli/terminal/table.ts'
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
    const warning = response.warnings?.find((text) => text.startsWith(`image "${logged.image}"`))
    return {
      logged,
      ...(location === undefined || location === logged.image ? {} : { location }),
      ...(warning === undefined
        ? {}
        : { warning: warning.slice(warning.indexOf('left alone: ') + 'left alone: '.length) }),
    }
  })
}

export const columns = ['IMAGE', 'ANONYMOUS', 'PROXY', 'MS', 'WHAT HAPPENED', 'WHY']

/** Rows of `columns`, below one with the Pod's name alone. */
export function toRows(pod: string, told: readonly Told[]): Row[] {
  const images = told.map(({ logged, location, warning }): Row => {
    const { anonymous = '-', anonymousReason = '' } = logged
    const happened =
      location === undefined ? (logged.decision === 'attach' ? 'pull secret' : 'left alone') : 'rewritten'
    return {
      cells: [
        logged.image,
        {
          text: anonymous === 'unknown' ? `unknown (${anonymousReason})` : anonymous,
          colour: colours[anonymous] ?? 'gray',
        },
        { text: logged.proxy ?? '-', colour: colours[logged.proxy ?? ''] ?? 'gray' },
        logged.milliseconds.toFixed(logged.milliseconds < 10 ? 1 : 0).padStart(4),
        { text: happened, colour: location === undefined ? 'gray' : 'cyan' },
        warning === undefined ? whys(logged) : { text: warning, colour: 'yellow' },
      ],
      ...(location === undefined ? {} : { details: [{ text: `-> ${location}`, colour: 'cyan' as const }] }),
    }
  })
  return [{ cells: [{ text: `Pod ${pod}`, colour: 'cyan' }] }, ...images]
}

const colours = { public: 'green', served: 'green', private: 'yellow', missing: 'red', refused: 'red' } as Readonly<
  Record<string, 'green' | 'yellow' | 'red' | undefined>
>

/** Where there is no warning. */
function whys({ reason, proxy }: LoggedImage): string {
  switch (reason) {
    case 'public':
      return 'readable without credentials'
    case 'already-proxied':
      return 'on the proxy already'
    case 'hosted':
      return "hosted by the license's registry"
    default:
      return proxy === 'served' ? `${reason}, and the proxy serves it` : reason
  }
}
