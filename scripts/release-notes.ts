/** Prints a version's section of the changelog, for a release's page: `node scripts/release-notes.ts 1.2.3`. */
import { readFile } from 'node:fs/promises'
import { sectionOf } from './changelog.ts'

const [version = ''] = process.argv.slice(2)
const section = sectionOf(await readFile(new URL('../CHANGELOG.md', import.meta.url), 'utf8'), version)
if (section === undefined || section === '') {
  console.error(
    `CHANGELOG.md has no section for ${version || 'no version'}: npm run release:version -- ${version || 'VERSION'}`,
  )
  process.exitCode = 1
} else console.log(section)
