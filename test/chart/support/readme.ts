import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './helm.ts'

/** A section of the chart's README, from its heading to the next one of any level. */
export interface Section {
  readonly title: string
  readonly text: string
  /** Its blocks of shell commands. */
  readonly commands: readonly string[]
}

export function readmeSections(): Section[] {
  const [, ...sections] = readFileSync(join(chart, 'README.md'), 'utf8').split(/^#+ (?=.*$)/m)
  return sections.map((section) => {
    const end = section.indexOf('\n')
    const text = section.slice(end + 1)
    const commands = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block)
    return { title: section.slice(0, end), text, commands }
  })
}

/** The section with this heading; throws where there is none. */
export function readmeSection(title: string): Section {
  const found = readmeSections().find((section) => section.title === title)
  if (found === undefined) throw new Error(`the chart's README has no section "${title}"`)
  return found
}
