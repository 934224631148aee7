/**
 * Raises every version at once: `npm run release:version -- 1.2.3`. The changelog's "Unreleased" becomes the version's
 * section, and the chart's annotation for Artifact Hub lists what is in it. `--root DIR` works on another copy.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { changesOf, release } from './changelog.ts'

const chart = 'charts/image-proxy-webhook'

/** Replaces what `pattern` matches, which must be there. */
function replace(text: string, pattern: RegExp, replacement: string, file: string): string {
  if (!pattern.test(text)) throw new Error(`${file}: nothing matches ${String(pattern)}`)
  return text.replace(pattern, replacement)
}

async function edit(root: string, file: string, change: (text: string) => string): Promise<void> {
  const path = join(root, file)
  await writeFile(path, change(await readFile(path, 'utf8')))
}

/** `artifacthub.io/changes`: https://artifacthub.io/docs/topics/annotations/helm/ */
function artifactHubChanges(section: string): string {
  const entries = changesOf(section).map(({ kind, text }) => {
    return `    - kind: ${kind}\n      description: ${JSON.stringify(text)}\n`
  })
  return `  artifacthub.io/changes: |\n${entries.join('')}`
}

async function raise(root: string, version: string): Promise<void> {
  const changelog = release(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version, new Date())
  await writeFile(join(root, 'CHANGELOG.md'), changelog.text)
  await edit(root, 'package.json', (text) =>
    replace(text, /^ {2}"version": ".*"/m, `  "version": "${version}"`, 'package.json'),
  )
  await edit(root, 'package-lock.json', (text) => {
    // The package itself stands at the top, and as the first of the packages.
    const top = replace(text, /^ {2}"version": ".*"/m, `  "version": "${version}"`, 'package-lock.json')
    return replace(top, /^ {6}"version": ".*"/m, `      "version": "${version}"`, 'package-lock.json')
  })
  await edit(root, `${chart}/Chart.yaml`, (text) => {
    const file = 'Chart.yaml'
    const versions = replace(text, /^version: .*$/m, `version: ${version}`, file)
    const both = replace(versions, /^appVersion: .*$/m, `appVersion: ${version}`, file)
    const image = replace(both, /(image: \S+image-proxy-webhook):\S+/, `$1:${version}`, file)
    return replace(
      image,
      /^ {2}artifacthub\.io\/changes: \|\n(?: {4}.*\n)*/m,
      artifactHubChanges(changelog.section),
      file,
    )
  })
  await edit(root, 'docs/install.md', (text) =>
    replace(
      text,
      /(?<=(?:\bversion|targetRevision|chartVersion|tag): |--version )\d+\.\d+\.\d+[-\w.]*/g,
      version,
      'install.md',
    ),
  )
}

const { values, positionals } = parseArgs({
  options: { root: { type: 'string', default: join(import.meta.dirname, '..') } },
  allowPositionals: true,
})
const [version = ''] = positionals
// https://semver.org, without build metadata, which no image's tag can hold.
if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)) {
  console.error('usage: npm run release:version -- VERSION, such as 1.2.3 or 1.2.3-rc.1')
  process.exitCode = 2
} else {
  await raise(resolve(values.root), version)
  console.log(`Every version is ${version}. See docs/releasing.md for what comes next.`)
}
