import manifest from '../../../../package.json' with { type: 'json' }
import { fileURLToPath } from 'node:url'
import type { Cluster } from '../../support/cluster.ts'
import { sharedCluster } from '../../support/sharedCluster.ts'
import { startScene, type Scene } from './scene.ts'

/** A cluster whose node has the webhook's image, and the registries that it pulls from. */
export interface World {
  readonly cluster: Cluster
  readonly scene: Scene
}

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
/** As the chart has it by default. */
export const webhookImage = `ghcr.io/image-proxy-webhook/image-proxy-webhook:${manifest.version}`

let shared: Promise<World> | undefined

/** Built for whoever asks first, and gone after the last test. */
export function world(): Promise<World> {
  shared ??= build()
  return shared
}

after(async () => {
  const built = await shared?.catch(() => undefined)
  await built?.scene.close()
})

async function build(): Promise<World> {
  const cluster = await sharedCluster()
  const script = cluster.script()
  await script.buildImage(webhookImage, repository)
  const scene = await startScene({
    address: cluster.hostAddress,
    furtherAddresses: script.furtherAddresses,
    authority: script.registryAuthority,
    busybox: script.busybox,
    resolve: script.resolve,
  })
  return { cluster, scene }
}
