import type { Operation } from 'fast-json-patch'
import type { Decision } from '../../decision/decision.ts'
import { quote } from '../../decision/warnings.ts'
import type { DecidedImage, ImagePosition } from '../../pod/images.ts'
import { patchPod } from '../../pod/patch.ts'
import { carriesPullSecret } from '../../pod/summary.ts'
import { tryParseReference } from '../../reference/reference.ts'
import type { WaitingPod } from './waitingPod.ts'

/** What an admission of the Pod would come to at this moment. */
export interface FreshDecision {
  readonly images: readonly { readonly name: string; readonly decision: Decision }[]
  /** Empty where the admission would change nothing, as in audit mode. */
  readonly patch: readonly unknown[]
}

/** By what an admission decides. */
export interface RepairTerms {
  readonly pullSecret: string
  readonly appSlug: string
  /** Whether Pods may be deleted. */
  readonly mayReplace: boolean
}

/**
 * What to do with a Pod that waits for an image.
 * - `none`: it is none that the webhook would change
 * - `later`: nobody could say at this moment whether its images can be pulled
 * - `patch`: its images are changed where it is; `note` tells what is left
 * - `replace`: whoever made it is to make it anew
 * - `report`: it cannot be mended, and `note` says why
 */
export type RepairPlan =
  | { readonly action: 'none' | 'later' }
  | {
      readonly action: 'patch'
      readonly operations: readonly Operation[]
      readonly images: readonly string[]
      readonly note?: string
    }
  | { readonly action: 'replace'; readonly images: readonly string[] }
  | { readonly action: 'report'; readonly note: string }

/** Whether an image could be pulled once the webhook's decision is carried out. */
type Prospect = 'good' | 'unsure' | 'none'

interface WaitedFor {
  readonly name: string
  readonly decision: Decision
  readonly prospect: Prospect
  /** Whether the decision changes anything about how this image is pulled. */
  readonly isGain: boolean
}

/** Plans by what the Pod is and what the webhook would decide of it today. */
export function planRepair(pod: WaitingPod, fresh: FreshDecision, terms: RepairTerms): RepairPlan {
  const isNamed = carriesPullSecret(pod.summary, terms.pullSecret)
  const waiting = fresh.images
    .filter(({ name }) => pod.waiting.has(name))
    .map((image): WaitedFor => ({
      ...image,
      prospect: prospectOf(image.decision),
      isGain: isGain(image.decision, isNamed, terms),
    }))
  const gains = waiting.filter(({ isGain }) => isGain)
  const hopeless = waiting.filter(({ prospect }) => prospect === 'none')

  if (gains.length === 0) return withoutGain(waiting)
  // In audit mode an admission decides, and changes nothing.
  if (fresh.patch.length === 0) return { action: 'none' }
  if (isNamed && gains.every(({ name }) => !isVolume(name))) return patchInPlace(pod, fresh, gains, hopeless)

  const images = gains.map(({ decision }) => decision.image)
  if (waiting.some(({ prospect }) => prospect === 'unsure')) return { action: 'later' }
  const obstacle = obstacleOf(pod, terms, images, hopeless)
  return obstacle === undefined ? { action: 'replace', images } : { action: 'report', note: obstacle }
}

function prospectOf({ action, reason, proxy }: Decision): Prospect {
  if (action === 'attach') return 'good'
  // Not asked, by a rule or without verification, counts as the word of whoever configured it.
  if (action === 'rewrite') return proxy === undefined || proxy.access === 'served' ? 'good' : 'unsure'
  switch (reason) {
    case 'public':
      return 'good'
    case 'unknown':
    case 'private':
    case 'missing':
      return 'unsure'
    default:
      return 'none'
  }
}

function isGain({ action, image }: Decision, isNamed: boolean, { appSlug }: RepairTerms): boolean {
  return action === 'rewrite' || (action === 'attach' && !isNamed && isOwn(image, appSlug))
}

/** Whether an image behind the proxy is this application's: two vendors' webhooks would repair each other's Pods otherwise. */
function isOwn(image: string, appSlug: string): boolean {
  const reference = tryParseReference(image)
  if ('fault' in reference) return false
  return reference.path.startsWith(`proxy/${appSlug}/`) || reference.path.startsWith(`${appSlug}/`)
}

/** Ephemeral containers are changed by a subresource of their own, and volumes not at all. */
function isPatchable({ list }: ImagePosition): boolean {
  return list === 'containers' || list === 'initContainers'
}

function isVolume(name: string): boolean {
  return name.startsWith('volume/')
}

/** Nothing is to be changed; an image that nobody can pull is worth a word. */
function withoutGain(waiting: readonly WaitedFor[]): RepairPlan {
  if (waiting.some(({ prospect }) => prospect === 'unsure')) return { action: 'later' }
  const reasons = reasonsOf(waiting)
  return reasons.length === 0 ? { action: 'none' } : { action: 'report', note: reasons.join('; ') }
}

/** The warnings that an admission would give; what was left alone on purpose has none. */
function reasonsOf(images: readonly WaitedFor[]): string[] {
  return images.flatMap(({ decision }) => decision.warning ?? [])
}

/** A Pod's images may be changed, its pull secrets may not; only a container that waits starts anew by that. */
function patchInPlace(
  pod: WaitingPod,
  { images }: FreshDecision,
  gains: readonly WaitedFor[],
  hopeless: readonly WaitedFor[],
): RepairPlan {
  if (gains.every(({ prospect }) => prospect === 'unsure')) return { action: 'later' }
  const decisions = new Map(images.map(({ name, decision }) => [name, decision]))
  const outcomes = pod.summary.images.flatMap((position): DecidedImage[] => {
    const decision = decisions.get(position.name)
    const isKept = !isPatchable(position) || pod.started.has(position.name)
    return decision === undefined || isKept || prospectOf(decision) !== 'good' ? [] : [{ position, decision }]
  })
  const changed = outcomes.filter(({ decision }) => decision.action === 'rewrite')
  // Should the Pod be another one by now, or another one than the patch was made for, nothing is changed.
  const tests: Operation[] = [
    { op: 'test', path: '/metadata/uid', value: pod.uid },
    ...changed.map(({ position }): Operation => {
      return { op: 'test', path: `/spec/${position.list}/${position.index}/image`, value: position.image }
    }),
  ]
  const operations = [...tests, ...patchPod(pod.summary, outcomes, { pullSecret: undefined, annotate: true })]
  const note = reasonsOf(hopeless).join('; ')
  return {
    action: 'patch',
    operations,
    images: changed.map(({ position }) => position.image),
    ...(note !== '' && { note }),
  }
}

/** Why a Pod must not, or cannot, be made anew. */
function obstacleOf(
  { owner, hasWorked, name }: WaitingPod,
  { pullSecret, mayReplace }: RepairTerms,
  images: readonly string[],
  hopeless: readonly WaitedFor[],
): string | undefined {
  const waits = `Pod ${name} waits for ${listed(images)}, to be pulled with the secret ${quote(pullSecret)} that it does not name`
  const naming = `name that secret in the imagePullSecrets of its manifest`
  if (owner === undefined) return `${waits}; nothing makes it anew: delete and create it again, or ${naming}`
  if (hasWorked) return `${waits}; other containers of it have run, so that it is not deleted: delete it when it may go`
  if (hopeless.length > 0) {
    const others = listed(hopeless.map(({ decision }) => decision.image))
    return [`${waits}; it is not deleted, since ${others} could not be pulled either`, ...reasonsOf(hopeless)].join(
      '; ',
    )
  }
  if (!mayReplace) return `${waits}; it is not deleted, since webhook.matchConditions may exclude it: ${naming}`
  return undefined
}

/** More than these would not fit into an Event. */
const mostListed = 3

/** Images as a sentence names them. */
export function listed(images: readonly string[]): string {
  const distinct = [...new Set(images)]
  const rest = distinct.length - mostListed
  return distinct.slice(0, mostListed).map(quote).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
