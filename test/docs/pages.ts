import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './documents.ts'
import { runners } from './runners.ts'

/** A fenced block of a page. */
export interface Block {
  /** From the project's root: `docs/install.md`. */
  readonly page: string
  /** The heading that it stands below. */
  readonly section: string
  /** What stands behind the fence: `sh`. */
  readonly language: string
  readonly text: string
  /** Why it is not run, where a comment `<!-- not run: REASON -->` before it says so. */
  readonly notRun?: string
}

/** The fenced blocks of a page, in their order; those in a list or a quotation without what indents them. */
export function blocksOf(page: string): readonly Block[] {
  let section = ''
  let notRun: string | undefined
  const blocks: Block[] = []
  const text = readFileSync(join(root, page), 'utf8')
  const pattern = /^#+ (.*)$|^ *<!-- not run: (.+) -->$|^([ >]*)```([a-z]*)\n([^]*?)^\3```$/gm
  for (const [, heading, reason, indent = '', language = '', content = ''] of text.matchAll(pattern)) {
    if (heading !== undefined) section = heading
    else if (reason !== undefined) notRun = reason
    else {
      const lines = content
        .split('\n')
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trim()))
      blocks.push({ page, section, language, text: lines.join('\n'), ...(notRun === undefined ? {} : { notRun }) })
    }
    if (reason === undefined) notRun = undefined
  }
  return blocks
}

/** The shell commands that a test has to run, as test/docs/runners.ts says. */
export function blocksRunBy(test: string): readonly Block[] {
  return runners
    .filter((runner) => runner.test === test)
    .flatMap(({ page, sections }) =>
      blocksOf(page).filter(
        ({ language, section, notRun }) =>
          language === 'sh' && notRun === undefined && (sections?.includes(section) ?? true),
      ),
    )
}
