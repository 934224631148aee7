import type { Decider } from '../decision/decide.ts'
import type { Verdicts } from '../decision/verdict.ts'
import type { Decision } from '../decision/decision.ts'
import { compileRules, type Rule } from '../decision/rules.ts'
import { warnings } from '../decision/warnings.ts'
import { changedImages, mostImages, type DecidedImage, type ImagePosition } from '../pod/images.ts'
import { createPatcher } from '../pod/patcher.ts'
import { carriesPullSecret, type PodSummary } from '../pod/summary.ts'
import { boundVerdicts } from './boundedVerdicts.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { judgeImages, type JudgedImage } from './judgeImages.ts'
import type { AdmissionAnswer, AdmissionRequest } from './review.ts'
import { findRunning } from './running.ts'
import { createSilence } from './silence.ts'
import { few } from './slices.ts'

/** What the webhook decides by at this moment: it changes with the license. */
export interface Ruling {
  readonly decider: Decider
  readonly pullSecret: string
}

export interface AdmissionOptions {
  /** Undefined while the webhook cannot know what to rewrite to, for instance because its license is unreadable. */
  readonly ruling: () => Ruling | undefined
  /** Those of the configuration: they hold while there is no ruling, too. */
  readonly rules: readonly Rule[]
  readonly verdicts: Verdicts
  /** Sees to the pull secret in a namespace where an admitted Pod is to pull with it, before the answer if it can. */
  readonly ensurePullSecret?: (namespace: string, patience: number) => PullSecretState | Promise<PullSecretState>
  /** In `audit` mode everything is decided and told, and nothing is changed but back to what a Pod runs already. */
  readonly mode: 'rewrite' | 'audit'
}

/**
 * Whether Pods of a namespace find the pull secret there.
 * - `current`: it was there, with the license of now
 * - `written`: it is there now
 * - `pending`: it is being written, and will be there soon
 * - `foreign`: a Secret of that name which the webhook did not make is there, and stays as it is
 * - `unavailable`: nothing to do or nothing to do it with: no license, a namespace that is not covered or on its way out
 * - `failed`: the API server refuses it, or cannot be reached
 */
export type PullSecretState = 'current' | 'written' | 'pending' | 'foreign' | 'unavailable' | 'failed'

/**
 * `skipped` holds no image in question, or too many; `not-ready` (no usable license or slug), `overloaded` and `failed` (a
 * bug) passed without a decision.
 */
export type AdmissionResult = 'patched' | 'unchanged' | 'skipped' | 'not-ready' | 'overloaded' | 'failed'

export interface Admitted extends AdmissionAnswer {
  readonly result: AdmissionResult
  readonly images: readonly JudgedImage[]
}

export interface Admission {
  /**
   * Answers a review by `deadline` (milliseconds from now) at the latest. Never rejects for anything a Pod holds.
   * @param since milliseconds since the epoch: what registries said before does not count
   */
  admit(request: AdmissionRequest, deadline: number, since?: number): Admitted | Promise<Admitted>
  /**
   * Answers a review at once, without a verdict: images that the Pod runs already are kept, all others are left alone.
   */
  admitOverloaded(request: AdmissionRequest): Admitted
}

/** Checks of one Pod that are under way at once, so that Pods take turns at a registry, and at the proxy. */
const checkBounds = { most: 64, mostOfKind: 16 }

const skipped: Admitted = { result: 'skipped', patch: [], warnings: [], images: [] }

export function createAdmission({ ruling, rules, verdicts, ensurePullSecret, mode }: AdmissionOptions): Admission {
  const ruleFor = compileRules(rules)
  const silence = createSilence()
  const patchPod = createPatcher()

  function admit(request: AdmissionRequest, milliseconds: number, since?: number): Admitted | Promise<Admitted> {
    const { pod } = request
    const positions = imagesInQuestion(request)
    if (pod === undefined || positions.length === 0) return skipped
    const current = ruling()
    if (current === undefined) return admitUnasked(request, 'not-ready', warnings.notReady)
    if (positions.length > mostImages)
      return admitUnasked(request, 'skipped', warnings.tooMany(positions.length, mostImages), positions)

    const { decider, pullSecret } = current
    const deadline = createDeadline(milliseconds)
    const runningOf = findRunning(request, ruleFor)
    const options = {
      decider,
      verdicts: positions.length > checkBounds.mostOfKind ? boundVerdicts(verdicts, deadline, checkBounds) : verdicts,
      asker: { namespace: request.namespace, ...(since !== undefined && { since }) },
      deadline,
      silence,
    }
    const finish = (images: readonly JudgedImage[]): Admitted | Promise<Admitted> =>
      provide(answer(request, pod, pullSecret, positions, images), request, pullSecret, deadline)
    const images = judgeImages(positions, pod.ignoredContainers, runningOf, options)
    if (!(images instanceof Promise)) return finish(images)
    return images.then(async (images) => {
      deadline.clear()
      verdicts.leave?.(options.asker)
      if (images.length <= few) return finish(images)
      // With thousands of images each of deciding, patching and answering takes a while, so other requests run in
      // between.
      await new Promise(setImmediate)
      const admitted = await finish(images)
      await new Promise(setImmediate)
      return admitted
    })
  }

  /** Admits a Pod without asking anybody. `warning` is told of each image that is left alone because of that. */
  function admitUnasked(
    request: AdmissionRequest,
    result: AdmissionResult,
    warning: string,
    positions = imagesInQuestion(request),
  ): Admitted {
    const { pod } = request
    if (pod === undefined || positions.length === 0) return skipped
    const decider = ruling()?.decider
    const runningOf = findRunning(request, ruleFor)
    const outcomes = positions.flatMap((position) => {
      const decision = runningOf(position, () => decider?.open(position.image, false))
      return decision === undefined ? [] : [{ position, decision }]
    })
    const patch = patchPod(pod, outcomes, { pullSecret: undefined, annotate: request.subResource === '' })
    const unasked = { cached: true, milliseconds: 0 }
    const images = outcomes.map(({ position: { name }, decision }) => ({ ...unasked, name, decision }))
    return outcomes.length === positions.length
      ? { result: 'patched', patch, warnings: [], images }
      : { result, patch, warnings: [warning], images }
  }

  /** Sees to the pull secret that the Pod is to pull with, and warns where it is not there. */
  function provide(
    admitted: Admitted,
    { namespace, dryRun }: AdmissionRequest,
    pullSecret: string,
    deadline: Deadline,
  ): Admitted | Promise<Admitted> {
    const isNeeded = mode === 'rewrite' && admitted.images.some(({ decision }) => decision.action !== 'leave')
    const ensured = isNeeded && !dryRun && ensurePullSecret?.(namespace, deadline.left())
    if (ensured instanceof Promise) return ensured.then((state) => withPullSecret(admitted, pullSecret, state))
    return ensured ? withPullSecret(admitted, pullSecret, ensured) : admitted
  }

  function answer(
    request: AdmissionRequest,
    pod: PodSummary,
    pullSecret: string,
    positions: readonly ImagePosition[],
    judged: readonly JudgedImage[],
  ): Admitted {
    const creating = request.operation === 'CREATE'
    const attachable = creating || carriesPullSecret(pod, pullSecret)
    const images = attachable
      ? judged
      : judged.map((image) => ({ ...image, decision: unattachable(image.decision, pullSecret) }))
    const outcomes: DecidedImage[] = []
    const told: string[] = []
    // A loop, since an array for each image and list costs several microseconds of a review.
    for (let index = 0; index < positions.length; index++) {
      const position = positions[index]
      const decision = images[index]?.decision
      if (position === undefined || decision === undefined) continue
      if (mode === 'rewrite' || decision.reason === 'running') outcomes.push({ position, decision })
      const warning = warningOf(decision, mode)
      if (warning !== undefined) told.push(warning)
    }
    const options = { pullSecret: creating ? pullSecret : undefined, annotate: request.subResource === '' }
    const patch = patchPod(pod, outcomes, options)
    return { result: patch.length > 0 ? 'patched' : 'unchanged', patch, warnings: told, images }
  }

  return {
    admit,
    admitOverloaded: (request) => admitUnasked(request, 'overloaded', warnings.overloaded),
  }
}

function withPullSecret(admitted: Admitted, pullSecret: string, state: PullSecretState): Admitted {
  const warning =
    state === 'foreign'
      ? warnings.foreignPullSecret(pullSecret)
      : state === 'failed' || state === 'unavailable'
        ? warnings.absentPullSecret(pullSecret)
        : undefined
  return warning === undefined ? admitted : { ...admitted, warnings: [...admitted.warnings, warning] }
}

/** The images that this request is about; none for what is not a Pod, or a Pod that is never touched. */
function imagesInQuestion({ operation, subResource, pod, oldPod }: AdmissionRequest): readonly ImagePosition[] {
  if (pod === undefined || !(subResource === '' || subResource === 'ephemeralcontainers')) return []
  if (pod.isLeftAlone) return []
  if (operation === 'CREATE') return pod.images
  return operation === 'UPDATE' ? changedImages(pod.images, oldPod?.images ?? []) : []
}

/** A Pod's pull secrets are immutable after its creation: an image that needs one which is not there would not run. */
function unattachable(decision: Decision, pullSecret: string): Decision {
  if (decision.action === 'leave' || decision.reason === 'running') return decision
  const { location: _, ...rest } = decision
  return {
    ...rest,
    action: 'leave',
    reason: 'no-pull-secret',
    warning: warnings.noPullSecret(decision.image, pullSecret),
  }
}

function warningOf({ image, reason, location, warning }: Decision, mode: 'rewrite' | 'audit'): string | undefined {
  return mode === 'audit' && location !== undefined && reason !== 'running' ? warnings.audit(image, location) : warning
}
