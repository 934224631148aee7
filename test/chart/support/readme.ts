import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './helm.ts'

/** A section of a document, from its heading to the next one of any level. */
export interface Section {
  readonly title: string
  readonly text: string
  /** Its blocks of shell commands. */
  readonly commands: readonly string[]
  /** Its blocks of output: what the commands print. */
  readonly outputs: readonly string[]
}

const chartReadme = join(chart, 'README.md')

/** @param file a document in Markdown; the chart's README by default */
export function readmeSections(file = chartReadme): Section[] {
  const [, ...sections] = readFileSync(file, 'utf8').split(/^#+ (?=.*$)/m)
  return sections.map((section) => {
    const end = section.indexOf('\n')
    const text = section.slice(end + 1)
    return { title: section.slice(0, end), text, commands: blocks(text, 'sh'), outputs: blocks(text, 'text') }
  })
}

/** What is fenced off as of that language, in a box (a quotation) as well. */
function blocks(text: string, language: string): string[] {
  const unquoted = text.replaceAll(/^> ?/gm, '')
  return [...unquoted.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}

/** The section with this heading; throws where there is none. */
export function readmeSection(title: string, file = chartReadme): Section {
  const found = readmeSections(file).find((section) => section.title === title)
  if (found === undefined) throw new Error(`${file} has no section "${title}"`)
  return found
}
