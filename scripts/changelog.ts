/** A change of a section of CHANGELOG.md, in Artifact Hub's words. */
export interface Change {
  readonly kind: 'added' | 'changed' | 'deprecated' | 'removed' | 'fixed' | 'security'
  readonly text: string
}

/** The text of a version's section, without its heading; undefined where there is none. */
export function sectionOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m)
  const found = sections.find((section) => section.split(/[\s(]/, 1)[0] === version)
  return found?.slice(found.indexOf('\n') + 1).trim()
}

/**
 * Makes a version's section of "Unreleased", which is then empty. A version that has one already keeps it.
 * @throws where there is nothing to release
 */
export function release(changelog: string, version: string, date: Date): { text: string; section: string } {
  const known = sectionOf(changelog, version)
  if (known !== undefined) return { text: changelog, section: known }
  const section = sectionOf(changelog, 'Unreleased')
  if (section === undefined || section === '') throw new Error('CHANGELOG.md: nothing stands under "## Unreleased"')
  const heading = `## ${version} (${date.toISOString().slice(0, 10)})`
  return { text: changelog.replace(/^## Unreleased\n/m, `## Unreleased\n\n${heading}\n`), section }
}

/** The changes of a section. */
export function changesOf(section: string): Change[] {
  const [, ...groups] = section.split(/^### /m)
  return groups.flatMap((group) => {
    const [title = '', ...lines] = group.split('\n')
    const items = lines.join('\n').split(/^- /m).slice(1)
    return items.map((item) => ({ kind: kindOf(title), text: item.trim().replace(/\s+/g, ' ') }))
  })
}

function kindOf(title: string): Change['kind'] {
  const kinds = ['added', 'changed', 'deprecated', 'removed', 'fixed', 'security'] as const
  const kind = kinds.find((kind) => kind === title.trim().toLowerCase())
  if (kind === undefined) throw new Error(`CHANGELOG.md: "### ${title}" is none of ${kinds.join(', ')}`)
  return kind
}
