import { textAt } from '../json.ts'
import { tryParseReference } from '../reference/reference.ts'
import type { ExplainedPod } from './admitted.ts'
import type { Report } from './explanation.ts'
import { script, style } from './htmlAssets.ts'
import { works } from './report.ts'
import { actionText, verdictText, why } from './wording.ts'

/**
 * What becomes of an image, for totals and filters: the webhook's three actions, those about which it is not asked, and what a
 * person should look at.
 */
type Outcome = 'rewritten' | 'pull secret' | 'left alone' | 'not asked' | 'needs a look'

const outcomes: readonly Outcome[] = ['rewritten', 'pull secret', 'left alone', 'not asked', 'needs a look']
const classes: Readonly<Record<Outcome, string>> = {
  rewritten: 'w',
  'pull secret': 's',
  'left alone': 'l',
  'not asked': 'n',
  'needs a look': 'x',
}

type Image = ExplainedPod['images'][number]

interface Row extends Pick<ExplainedPod, 'workload'> {
  readonly namespace: string
  readonly registry: string
  readonly outcome: Outcome
  readonly image: Image
}

/**
 * One HTML page that holds all it needs: totals as a picture, every image with its decision and the reason in words, to be
 * filtered, printed and signed. Nothing in it is fetched from elsewhere, and its content security policy forbids it.
 */
export function htmlReport({ pods, unread, commands, notes }: Report): string {
  const rows = pods.flatMap((pod) => pod.images.map((image) => toRow(pod, image)))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Images and where they are pulled from</title>
<style>${style}</style>
<h1>Images and where they are pulled from</h1>
<p>${rows.length} images in ${pods.length} workloads, as image-proxy-webhook would admit them.</p>
${notes.map((note) => `<p>Note: ${escape(note)}.</p>`).join('\n')}
${totals(rows)}
${filters(rows)}
<table id="head"><thead><tr><th>Workload<th>Container<th>Image<th>Without credentials<th>Through the proxy<th>Decision<th>Why</thead></table>
${chunks(rows)
  .map((chunk) => `<div><table><tbody>\n${chunk.map(toHtml).join('\n')}\n</tbody></table></div>`)
  .join('\n')}
${section('Not read', unread, ({ owner, path, image }) => `${owner} ${path} ${image}`)}
${section('Commands that make Pods anew which run something else', commands, (command) => command)}
<footer><p>Approved by: <span></span> Date: <span></span></footer>
<script>${script}</script>
</html>
`
}

/** Rows of one table: a browser lays out the tables that are on the screen, and the others when they come there. */
const chunkSize = 100

function chunks(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / chunkSize) }, (_, index) =>
    rows.slice(index * chunkSize, (index + 1) * chunkSize),
  )
}

function toRow({ workload, namespace, pod }: ExplainedPod, image: Image): Row {
  const reference = tryParseReference(image.decision.image)
  return {
    workload,
    image,
    namespace: namespace || (textAt(pod['metadata'], 'namespace') ?? ''),
    registry: 'fault' in reference ? '' : reference.domain,
    outcome: works(image) ? (actionText(image) as Outcome) : 'needs a look',
  }
}

function totals(rows: readonly Row[]): string {
  const counts = outcomes
    .map((outcome) => ({ outcome, count: rows.filter((row) => row.outcome === outcome).length }))
    .filter(({ outcome, count }) => outcome !== 'not asked' || count > 0)
  const all = Math.max(1, rows.length)
  let x = 0
  const bars = counts.map(({ outcome, count }) => {
    const width = (count * 1000) / all
    const bar = `<rect class="${classes[outcome]}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="24"/>`
    x += width
    return bar
  })
  const label = counts.map(({ outcome, count }) => `${count} ${outcome}`).join(', ')
  const legend = counts.map(({ outcome, count }) => `<li><i class="${classes[outcome]}"></i><b>${count}</b> ${outcome}`)
  return `<svg viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label="${label}">${bars.join('')}</svg>
<ul>${legend.join('')}</ul>`
}

function filters(rows: readonly Row[]): string {
  const select = (id: string, label: string, values: readonly string[]) =>
    `<label>${label} <select id="${id}"><option value="">all</option>${[...new Set(values)]
      .sort()
      .map((value) => `<option>${escape(value)}</option>`)
      .join('')}</select></label>`
  return `<form hidden>
${select(
  'n',
  'Namespace',
  rows.map(({ namespace }) => namespace || '-'),
)}
${select(
  'r',
  'Registry',
  rows.map(({ registry }) => registry || '-'),
)}
${select(
  'd',
  'Decision',
  rows.map(({ outcome }) => outcome),
)}
<label>Search <input id="q" type="search"></label> <output></output>
</form>`
}

function toHtml({ workload, namespace, registry, outcome, image }: Row): string {
  const { decision, container } = image
  const location =
    decision.location === undefined || image.notAsked !== undefined ? '' : `<br>→ ${escape(decision.location)}`
  const data = `data-n="${escape(namespace || '-')}" data-r="${escape(registry || '-')}"`
  return `<tr ${data}><td>${escape(workload)}<td>${escape(container)}<td><code>${escape(decision.image)}${location}</code><td>${escape(verdictText(decision.anonymous))}<td>${escape(verdictText(decision.proxy))}<td class="${classes[outcome]}">${outcome}<td>${escape(why(decision, image.notAsked))}`
}

function section<Item>(title: string, items: readonly Item[], text: (item: Item) => string): string {
  if (items.length === 0) return ''
  return `<h2>${title}</h2>\n<pre>${items.map((item) => escape(text(item))).join('\n')}</pre>`
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for HTML, in attributes as well. Control characters, and those that turn the direction of text, are shown as ?. */
function escape(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?').replace(/[&<>"']/g, (character) => escapes[character] ?? character)
}
