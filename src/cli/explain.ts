import { decodeReview } from '../admission/review.ts'
import type { Config } from '../config/config.ts'
import { arrayAt, objectAt, textAt } from '../json.ts'
import { ignoreLabel } from '../pod/annotation.ts'
import { asAdmitted, type ExplainedManifest } from './admitted.ts'
import { runningPods } from './clusterPods.ts'
import { note } from './configuration.ts'
import { UsageError, type CliContext, type ExitCode } from './terminal/context.ts'
import { creation, withExplanation, type Explain, type Report } from './explanation.ts'
import { writeReport, writeUnread } from './explainReport.ts'
import { readInputFiles } from './inputFiles.ts'
import { brokenPodsOf } from './manifests/brokenPods.ts'
import { readManifests, type Manifest } from './manifests/manifests.ts'
import type { ExplainFormat, ReportFormat } from './terminal/outputFormat.ts'
import { podsOf } from './manifests/pods.ts'
import { withProgress } from './terminal/progress.ts'
import { works } from './report.ts'
import { remakeCommands } from './remake.ts'
import { unreadImagesOf } from './manifests/unreadImages.ts'

export interface ExplainFilesOptions {
  readonly output: ExplainFormat
  /** Reads the directories below a directory as well. */
  readonly recursive: boolean
  /** Images that no Pod template explains are told and do not count as a failure. */
  readonly allowUnread: boolean
}

/**
 * Prints what would be done with the images of the manifests in `files` (`-`: of the standard input), or with
 * `output: yaml` the manifests as they would be admitted.
 * @returns 1 where an image cannot be pulled, or is in a place that no Pod template explains
 * @throws ConfigError; UsageError
 */
export async function explainFiles(
  files: readonly string[],
  { output, recursive, allowUnread }: ExplainFilesOptions,
  config: Config,
  context: CliContext,
): Promise<ExitCode> {
  const inputs = await readInputFiles(files, { recursive }, context)
  if (inputs.every(({ text }) => text.trim() === '')) {
    // As of a pipe whose first command failed: nothing would be wrong with its images.
    throw new UsageError(`${inputs.map(({ file }) => file).join(', ')}: expected manifests, and there is nothing`)
  }
  const manifests = inputs.flatMap(({ file, text }) => readManifests(file, text))
  const broken = manifests.flatMap(({ file, document, value }) =>
    brokenPodsOf(value).map((fault) => `${file}: document ${document}: ${fault}`),
  )
  if (broken.length > 0) throw new UsageError(...broken)
  noteOtherDocuments(manifests, context)
  const ignored = ignoredNamespaces(manifests.map(({ value }) => value))
  const explained = await withExplanation(config, context, (explain) =>
    withProgress(manifests, context, (manifest) => explainManifest(manifest, explain, ignored)),
  )
  const pods = explained.flatMap(({ pods }) => pods)
  const unread = explained.flatMap(({ manifest, pods, review }) =>
    review
      ? []
      : unreadImagesOf(
          manifest.value,
          pods.map(({ path }) => path),
        ),
  )
  if (output === 'yaml') {
    context.stdout.write(asAdmitted(explained, context))
    writeUnread(unread, context.stderr)
  } else {
    writeReport({ pods, unread, commands: [], notes: [] }, output, context)
  }
  return exitCode({ pods, unread: allowUnread ? [] : unread })
}

export interface ExplainClusterOptions {
  readonly output: ReportFormat
  /** All of them where it is absent. */
  readonly namespace?: string
  /** Of the kubeconfig; its current one where it is absent. */
  readonly kubeContext?: string
}

/**
 * Prints what would be done with the images that run in a namespace, or in all of them where none is given, and the
 * commands that make those Pods anew which run something else.
 * @returns 1 where an image cannot be pulled
 * @throws ConfigError; UsageError; Error where the cluster does not answer
 */
export async function explainCluster(
  { output, ...where }: ExplainClusterOptions,
  config: Config,
  context: CliContext,
): Promise<ExitCode> {
  const { pods: found, notes } = await runningPods(
    { ...where, configuration: config.kubernetes.webhookConfiguration },
    context,
  )
  const pods = await withExplanation(config, context, (explain) =>
    withProgress(found, context, async (pod) => ({ ...pod, ...(await explain(pod, creation(pod))) })),
  )
  writeReport({ pods, unread: [], commands: remakeCommands(pods), notes }, output, context)
  return exitCode({ pods, unread: [] })
}

/** @param ignored namespaces that opt out */
async function explainManifest(
  manifest: Manifest,
  explain: Explain,
  ignored: ReadonlySet<string>,
): Promise<ExplainedManifest> {
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
  const pods = podsOf(value).map((found) => {
    const notAsked = `namespace ${found.namespace} has the label ${ignoreLabel}=true`
    const pod = ignored.has(found.namespace) ? { ...found, notAsked } : found
    return explain(pod, creation(pod))
  })
  return { manifest, review: false, pods: await Promise.all(pods) }
}

/**
 * Tells of documents that are no Kubernetes objects, such as a chart's values: nothing is known of their images.
 * @throws UsageError where there are no others
 */
function noteOtherDocuments(manifests: readonly Manifest[], context: CliContext): void {
  const documents = manifests.filter(({ value }) => value !== undefined)
  const others = documents.filter(({ value }) => textAt(value, 'kind') === undefined && podsOf(value).length === 0)
  const said = others.map(({ file, document }) => {
    return `${file}: document ${document}: expected a Kubernetes object, and it has no kind`
  })
  if (said.length > 0 && said.length === documents.length) throw new UsageError(...said)
  for (const sentence of said) note(context, `not read: ${sentence}`)
}

/** The namespaces among some manifests that opt out. Of others nothing tells. */
function ignoredNamespaces(manifests: readonly unknown[]): ReadonlySet<string> {
  const objects = manifests.flatMap((manifest) => [manifest, ...arrayAt(manifest, 'items')])
  const ignored = objects.filter((object) => {
    const labels = objectAt(objectAt(object, 'metadata'), 'labels')
    return textAt(object, 'kind') === 'Namespace' && textAt(labels, ignoreLabel) === 'true'
  })
  return new Set(ignored.flatMap((object) => textAt(objectAt(object, 'metadata'), 'name') ?? []))
}

function exitCode({ pods, unread }: Pick<Report, 'pods' | 'unread'>): ExitCode {
  const allWork = pods.every(({ images }) => images.every(works))
  return allWork && unread.length === 0 ? 0 : 1
}
