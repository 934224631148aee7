import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** Every document of the project that people read. */
export const documents: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'certs/README.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  'charts/image-proxy-webhook/README.md',
].map((file) => join(root, file))

/** All documents as one text. */
export function readDocuments(): string {
  return documents.map((file) => readFileSync(file, 'utf8')).join('\n')
}

/** The text of every file below a folder whose name ends so. */
export function readSources(folder: string, ending: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && statSync(join(root, folder, file)).isFile())
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n')
}
