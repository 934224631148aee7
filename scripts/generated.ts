/** Files that are made from others, wholly or between two markers. */
import { readFile, writeFile } from 'node:fs/promises'
import { relative, join } from 'node:path'
import { format, resolveConfig } from 'prettier'

const root = join(import.meta.dirname, '..')

/**
 * Brings a file up to date, formatted as the project's others. With `--check` it writes nothing: it says so and has the
 * process end with 1 where the file is not up to date.
 */
export async function update(path: string, next: string): Promise<void> {
  const text = await format(next, { ...(await resolveConfig(path)), filepath: path })
  const current = await readFile(path, 'utf8').catch(() => '')
  if (text === current) return
  if (!process.argv.includes('--check')) {
    await writeFile(path, text)
    return
  }
  console.error(`${relative(root, path)} is not up to date: run \`npm run generate\`.`)
  process.exitCode = 1
}

/** A text with other content between its lines `begin` and `end`. @throws where it lacks one of them */
export function replaceBetween(text: string, begin: string, end: string, content: string): string {
  const start = text.indexOf(begin)
  const stop = text.indexOf(end)
  if (start < 0 || stop < start) throw new Error(`there is no ${begin} … ${end}`)
  return text.slice(0, start + begin.length) + content + text.slice(stop)
}

/** A table of Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
