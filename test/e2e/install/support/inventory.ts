import { waitFor } from '../../support/wait.ts'
import type { World } from './world.ts'

/** What the cluster makes and drops by itself. */
const passing = /^(?:Event|Lease kube-system) /

/** Every object of the cluster as `KIND NAMESPACE NAME`, of every kind that can be listed. */
export async function inventory({ cluster }: World): Promise<ReadonlySet<string>> {
  const { stdout: resources } = await cluster.kubectl(['api-resources', '--verbs=list', '--output=name'])
  const columns = '--output=custom-columns=:.kind,:.metadata.namespace,:.metadata.name'
  const kinds = resources.trim().split('\n').join(',')
  const { stdout } = await cluster.kubectl(['get', kinds, '--all-namespaces', '--no-headers', columns])
  const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '))
  return new Set(lines.filter((line) => line !== '' && !passing.test(line)))
}

/** Resolves when nothing is left but what was there before: what is owned by a deleted object goes a moment after it. */
export async function untilAsBefore(world: World, before: ReadonlySet<string>): Promise<void> {
  await waitFor('everything to be gone', async () => {
    const left = [...(await inventory(world))].filter((object) => !before.has(object))
    if (left.length > 0) throw new Error(left.join(', '))
    return true
  })
}
