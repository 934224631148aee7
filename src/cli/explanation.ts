import { isPending, type Asker, type Verdicts } from '../decision/verdict.ts'
import { createAdmission, type Admission } from '../admission/admission.ts'
import type { AdmissionRequest } from '../admission/review.ts'
import type { Config } from '../config/config.ts'
import type { Decision } from '../decision/decision.ts'
import { imagesOf } from '../pod/images.ts'
import { summarizePod } from '../pod/summary.ts'
import { tryParseReference } from '../reference/reference.ts'
import type { ExplainedPod } from './admitted.ts'
import { withAssembly } from './configuration.ts'
import type { CliContext } from './terminal/context.ts'
import type { FoundPod } from './manifests/pods.ts'
import type { UnreadImage } from './manifests/unreadImages.ts'

/** What `explain` found out. */
export interface Report {
  readonly pods: readonly ExplainedPod[]
  /** Images that no Pod template explains. */
  readonly unread: readonly UnreadImage[]
  /** Shell commands that make Pods anew which run something else than they would be admitted with. */
  readonly commands: readonly string[]
  /** Sentences about what the report does not tell. */
  readonly notes: readonly string[]
}

/** Of a timer of Node, in milliseconds: it holds 31 bits. */
const longestDelay = 2 ** 31 - 1

/** What would be done with a Pod upon a request. */
export type Explain = (found: FoundPod, request: AdmissionRequest) => Promise<ExplainedPod>

/** Calls `use` with what decides as the webhook would, but for its deadline: nobody waits for a Pod here. */
export function withExplanation<T>(
  config: Config,
  context: CliContext,
  use: (explain: Explain) => Promise<T>,
): Promise<T> {
  const { mode, rules } = config.policy
  // Both checks of an image may take their whole time.
  const deadline = Math.min(2 * config.check.total + 1000, longestDelay)
  return withAssembly(config, context, {}, ({ registryVerdicts, ruling }) => {
    const admission = createAdmission({ ruling, verdicts: registryVerdicts, mode, rules })
    return use(async (found, request) => {
      const explained = await explainPod(found, request, admission, deadline)
      const { notAsked } = found
      const images = explained.images.map(async (image) => ({
        ...image,
        ...(notAsked !== undefined && { notAsked }),
        decision: await withProxyAnswer(image.decision, registryVerdicts, request),
      }))
      return { ...explained, ...(notAsked !== undefined && { patch: [] }), images: await Promise.all(images) }
    })
  })
}

/** The request that the API server would make of the webhook for a Pod like this. */
export function creation({ pod, namespace }: FoundPod): AdmissionRequest {
  const names = { name: '', generateName: '', subResource: '', namespace }
  const summary = summarizePod(pod)
  return { ...names, uid: '', kind: 'Pod', operation: 'CREATE', dryRun: true, pod: summary, oldPod: undefined }
}

async function explainPod(
  found: FoundPod,
  request: AdmissionRequest,
  admission: Admission,
  deadline: number,
): Promise<ExplainedPod> {
  const { result, patch, images } = await admission.admit(request, deadline)
  if (result !== 'skipped')
    return { ...found, patch, images: images.map(({ name, ...rest }) => ({ ...rest, container: name })) }
  const creating = request.kind === 'Pod' && request.operation === 'CREATE'
  const untouched = (creating ? imagesOf(found.pod) : []).map(({ name, image }) => ({
    decision: { image, action: 'leave', reason: 'opted-out' } as const,
    milliseconds: 0,
    container: name,
  }))
  return { ...found, patch, images: untouched }
}

/**
 * A decision with the proxy's answer where an image's name alone led to the proxy. The webhook need not ask for such an
 * image, since no answer would change what it does; a person wants to know whether it can be pulled.
 */
export async function withProxyAnswer(
  decision: Decision,
  { proxy: ask }: Pick<Verdicts, 'proxy'>,
  asker: Asker,
): Promise<Decision> {
  const { image, action, anonymous, location = image } = decision
  if (action === 'leave' || anonymous !== undefined || decision.proxy !== undefined) return decision
  const reference = tryParseReference(location)
  const asked = 'fault' in reference ? undefined : ask(reference, asker)
  const proxy = asked !== undefined && isPending(asked) ? await asked.verdict : asked
  return proxy === undefined ? decision : { ...decision, proxy }
}
