import { Agent } from 'node:https'
import { podReview } from '../support/podReviews.ts'
import { post } from './load.ts'
import { bearer, startRegistry } from './registry.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

const pods = 50

/** How many requests a registry gets when many Pods of one new image come at once. */
export async function rollout(scene: Scene): Promise<Row[]> {
  const registry = await startRegistry(scene.certificate, bearer)
  scene.defer(() => registry.close())
  const webhook = await scene.webhook({ check: { endpoints: { 'quay.io': `https://localhost:${registry.port}` } } })
  const agent = new Agent({ keepAlive: true, maxSockets: pods })
  const target = { port: webhook.port, ca: scene.ca }
  await post({ ...target, body: podReview(['quay.io/my-org/known:1']) })

  const before = registry.requests.length
  await Promise.all(
    Array.from({ length: pods }, () => post({ ...target, body: podReview(['quay.io/my-org/api:1']) }, agent)),
  )
  agent.destroy()
  await webhook.stop()
  const made = registry.requests.slice(before)
  const heads = made.filter((request) => request.startsWith('HEAD')).length
  return [
    {
      what: `${pods} Pods of one new image at once, known host`,
      measured: `${heads} HEAD, ${made.length - heads} token`,
      baseline: `${pods} HEAD`,
      result: `${made.length} requests`,
      target: '1 HEAD and its token',
      met: heads === 1 && made.length === 2,
    },
  ]
}
