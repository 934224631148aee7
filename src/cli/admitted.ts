import jsonPatch, { type Operation } from 'fast-json-patch'
import yaml from 'yaml'
import { note } from './configuration.ts'
import type { CliContext } from './terminal/context.ts'
import type { Manifest } from './manifests/manifests.ts'
import { patchText, patchValue } from './manifests/patchText.ts'
import type { FoundPod } from './manifests/pods.ts'
import type { ImageReport } from './report.ts'
import { mergeServiceAccount, serviceAccountsOf } from './manifests/serviceAccounts.ts'

/** A Pod and what admitting it would do. */
export interface ExplainedPod extends FoundPod {
  readonly images: readonly (ImageReport & { readonly container: string })[]
  readonly patch: readonly Operation[]
}

/** A document with the Pods in it. */
export interface ExplainedManifest {
  readonly manifest: Manifest
  /** Whether it is an AdmissionReview, whose Pod is all that is admitted. */
  readonly review: boolean
  readonly pods: readonly ExplainedPod[]
}

/**
 * One stream of documents, each as it was written but for what the webhook changes. Where a pull secret is added, those of
 * the Pod's ServiceAccount come before it; which accounts are not among the documents is told on `stderr`.
 */
export function asAdmitted(explained: readonly ExplainedManifest[], context: Pick<CliContext, 'stderr'>): string {
  const accounts = serviceAccountsOf(explained.map(({ manifest }) => manifest.value))
  const unknownAccounts = new Set<string>()
  const merged = explained.map((document) => ({
    ...document,
    pods: document.review ? document.pods : document.pods.map(mergePod),
  }))
  for (const account of unknownAccounts) {
    note(
      context,
      `the ServiceAccount ${account} is not among the manifests: where it has imagePullSecrets, name them in its Pods as well, since a Pod that names one gets none of its ServiceAccount's`,
    )
  }
  return asStream(merged.map((document) => admittedText(document, context)))

  function mergePod(pod: ExplainedPod): ExplainedPod {
    const { patch, unknownAccount } = mergeServiceAccount(pod, pod.patch, accounts)
    if (unknownAccount !== undefined) unknownAccounts.add(unknownAccount.replace(/^\//, ''))
    return { ...pod, patch }
  }
}

/** Documents one after the other, with a line `---` between two where neither brings one. */
function asStream(documents: readonly string[]): string {
  let last = ''
  const pieces = documents.flatMap((document) => {
    if (document === '') return []
    const before = last
    last = document
    if (before === '' || document.trim() === '') return [document]
    const lineEnd = before.endsWith('\n') ? '' : '\n'
    return /^(?:\s*#.*\n|\s*\n|%.*\n)*---(?:\s|$)/.test(document) ? [lineEnd, document] : [lineEnd, '---\n', document]
  })
  return pieces.join('')
}

function admittedText({ manifest, review, pods }: ExplainedManifest, context: Pick<CliContext, 'stderr'>): string {
  const { file, document, text, value } = manifest
  if (review) {
    const [{ pod, patch } = { pod: {}, patch: [] }] = pods
    return yaml.stringify(patchValue(pod, patch), { lineWidth: 0 })
  }
  const operations = pods.flatMap(({ path, patch }) =>
    patch.map((operation) => ({ ...operation, path: pointer(path) + operation.path })),
  )
  if (operations.length === 0) return text
  const patched = patchText(text, operations)
  if (patched !== undefined) return patched
  note(context, `${file}: document ${document} is written anew, without its comments and aliases`)
  return yaml.stringify(patchValue(value, operations), { lineWidth: 0 })
}

function pointer(path: FoundPod['path']): string {
  return path.map((key) => `/${jsonPatch.escapePathComponent(String(key))}`).join('')
}
