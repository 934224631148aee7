import { note } from './configuration.ts'
import type { CliContext, TextOutput } from './terminal/context.ts'
import type { Report } from './explanation.ts'
import { htmlReport } from './htmlReport.ts'
import type { ReportFormat } from './terminal/outputFormat.ts'
import { columns, toJson, toRow, writeJson, writeTable } from './report.ts'
import { printable } from '../decision/warnings.ts'
import type { UnreadImage } from './manifests/unreadImages.ts'

const writers: Readonly<Record<ReportFormat, (report: Report, context: CliContext) => void>> = {
  table: writeAsTable,
  json: writeAsJson,
  html: (report, { stdout }) => stdout.write(htmlReport(report)),
}

/** Writes a report, and its notes as notes of the command. */
export function writeReport(report: Report, output: ReportFormat, context: CliContext): void {
  for (const sentence of report.notes) note(context, sentence)
  writers[output](report, context)
}

function writeAsJson(report: Report, context: CliContext): void {
  const images = imagesOf(report).map((image) => ({
    workload: image.workload,
    container: image.container,
    ...toJson(image),
  }))
  writeJson({ images, notRead: report.unread, commands: report.commands, notes: report.notes }, context)
}

function writeAsTable(report: Report, context: CliContext): void {
  const { stdout } = context
  const images = imagesOf(report)
  if (images.length === 0) note(context, 'there is no Pod and no Pod template with an image')
  else {
    const rows = images.map((image, index) => {
      const { cells, ...row } = toRow(image)
      const workload = image.workload === images[index - 1]?.workload ? '' : image.workload
      return { ...row, detailsUnder: 2, cells: [printable(workload), printable(image.container), ...cells] }
    })
    writeTable(['WORKLOAD', 'CONTAINER', ...columns], rows, context)
  }
  writeUnread(report.unread, stdout)
  if (report.commands.length === 0) return
  stdout.write('\nThese run something else than they would be admitted with. To make them anew:\n')
  for (const command of report.commands) stdout.write(`  ${printable(command)}\n`)
}

function imagesOf({ pods }: Report) {
  return pods.flatMap(({ workload, images }) => images.map((image) => ({ ...image, workload })))
}

/** Lists images that no Pod template explains, and says what to do about them. */
export function writeUnread(unread: readonly UnreadImage[], output: TextOutput): void {
  for (const { owner, path, image } of unread) output.write(`not read: ${printable(`${owner} ${path} ${image}`)}\n`)
  if (unread.length > 0) output.write(`${unreadAdvice}\n`)
}

/** What to do about images that no Pod template explains. */
const unreadAdvice =
  "An operator makes Pods of these: the webhook rewrites them as those Pods are created. Where the operator compares its Pods with its own specification, set the image and the pull secret in the operator's own setting; -o yaml does not help there."
