import { text as readAll } from 'node:stream/consumers'
import { createAdmission, type Admission } from '../admission/admission.ts'
import { decodeReview, type AdmissionRequest } from '../admission/review.ts'
import type { Config } from '../config/config.ts'
import { objectAt } from '../json.ts'
import { imagesOf } from '../pod/images.ts'
import { summarizePod } from '../pod/summary.ts'
import { asAdmitted, type ExplainedManifest, type ExplainedPod } from './admitted.ts'
import { runningPods } from './cluster.ts'
import { note, readText, withAssembly } from './configuration.ts'
import { UsageError, type CliContext, type ExitCode } from './context.ts'
import { readManifests, type Manifest } from './manifests.ts'
import { podsOf, type FoundPod } from './pods.ts'
import { columns, toJson, toRow, works, writeJson, writeTable } from './report.ts'
import { printable } from './table.ts'
import { verify } from './verify.ts'

/** Of a timer of Node, in milliseconds: it holds 31 bits. */
const longestDelay = 2 ** 31 - 1

export interface ExplainOptions {
  readonly output: 'table' | 'json' | 'yaml'
}

/**
 * Prints what would be done with the images of the manifests in `files` (`-`: of the standard input), or with
 * `output: yaml` the manifests as they would be admitted.
 * @returns 1 where an image cannot be pulled
 * @throws ConfigError; UsageError
 */
export async function explainFiles(
  files: readonly string[],
  { output }: ExplainOptions,
  config: Config,
  context: CliContext,
): Promise<ExitCode> {
  const manifests: Manifest[] = []
  for (const file of files) {
    const text = file === '-' ? await readAll(context.stdin) : await readText(file, context)
    manifests.push(...readManifests(file === '-' ? 'standard input' : file, text))
  }
  const explained = await withExplanation(config, context, (explain) =>
    Promise.all(manifests.map((manifest) => explainManifest(manifest, explain))),
  )
  const pods = explained.flatMap(({ pods }) => pods)
  if (output === 'yaml') context.stdout.write(asAdmitted(explained, context))
  else print(pods, output, context)
  return exitCode(pods)
}

/**
 * Prints what would be done with the images that run in a namespace, or in all of them where none is given.
 * @returns 1 where an image cannot be pulled
 * @throws ConfigError; UsageError; Error where the cluster does not answer
 */
export async function explainCluster(
  namespace: string | undefined,
  { output }: { output: 'table' | 'json' },
  config: Config,
  context: CliContext,
): Promise<ExitCode> {
  const found = await runningPods(namespace, context)
  const pods = await withExplanation(config, context, (explain) =>
    Promise.all(found.map((pod) => explain(pod, creation(pod)))),
  )
  print(pods, output, context)
  return exitCode(pods)
}

/** What would be done with a Pod upon a request. */
type Explain = (found: FoundPod, request: AdmissionRequest) => Promise<ExplainedPod>

function withExplanation<T>(config: Config, context: CliContext, use: (explain: Explain) => Promise<T>): Promise<T> {
  const { mode } = config.policy
  // Nobody waits for a Pod here: both checks of an image may take their whole time.
  const deadline = Math.min(2 * config.check.total + 1000, longestDelay)
  return withAssembly(config, context, {}, ({ registryVerdicts, ruling }) => {
    const admission = createAdmission({ ruling, verdicts: registryVerdicts, mode })
    return use(async (found, request) => {
      const explained = await explainPod(found, request, admission, deadline)
      const images = explained.images.map(async (image) => ({
        ...image,
        decision: await verify(image.decision, registryVerdicts),
      }))
      return { ...explained, images: await Promise.all(images) }
    })
  })
}

async function explainManifest(manifest: Manifest, explain: Explain): Promise<ExplainedManifest> {
  const { file, document, value } = manifest
  if (value?.['kind'] === 'AdmissionReview') {
    const request = decodeReview(JSON.stringify(value))
    if ('fault' in request) throw new UsageError(`${file}: document ${document}: ${request.fault}`)
    const pod = objectAt(objectAt(value, 'request'), 'object') ?? {}
    const { namespace } = request
    const [found] = podsOf({ ...pod, kind: 'Pod' })
    const workload = `${request.operation} ${found?.workload ?? 'Pod'}`
    const explained = await explain({ workload, namespace, path: [], pod }, request)
    return { manifest, review: true, pods: [explained] }
  }
  const pods = podsOf(value).map((pod) => explain(pod, creation(pod)))
  return { manifest, review: false, pods: await Promise.all(pods) }
}

/** The request that the API server would make of the webhook for a Pod like this. */
function creation({ pod, namespace }: FoundPod): AdmissionRequest {
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

function print(pods: readonly ExplainedPod[], output: 'table' | 'json', context: CliContext): void {
  const images = pods.flatMap(({ workload, images }) => images.map((image) => ({ ...image, workload })))
  if (output === 'json') {
    writeJson(
      { images: images.map((image) => ({ workload: image.workload, container: image.container, ...toJson(image) })) },
      context,
    )
    return
  }
  if (images.length === 0) {
    note(context, 'there is no Pod and no Pod template with an image')
    return
  }
  const rows = images.map((image, index) => {
    const { cells, ...row } = toRow(image)
    const workload = image.workload === images[index - 1]?.workload ? '' : image.workload
    return { ...row, detailsUnder: 2, cells: [printable(workload), printable(image.container), ...cells] }
  })
  writeTable(['WORKLOAD', 'CONTAINER', ...columns], rows, context)
}

function exitCode(pods: readonly ExplainedPod[]): ExitCode {
  return pods.every(({ images }) => images.every(({ decision }) => works(decision))) ? 0 : 1
}
