import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scene } from '../../../testbed/scene.ts'
import { writeWebhookFiles } from '../../../testbed/webhookFiles.ts'

/**
 * A fresh directory with `config.yaml`, for a webhook that knows the scene's registries and proxy and is reached at
 * `address`.
 */
export async function createWebhookFiles(scene: Scene, address: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-admission-'))
  await writeWebhookFiles(directory, scene, {
    names: [address],
    // A registry that never answers is given up at the deadline, and by nothing before that.
    check: { deadline: '1s', timeout: '8s', total: '10s' },
    pullSecret: { provision: false },
  })
  return directory
}
