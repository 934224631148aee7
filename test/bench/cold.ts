import { Agent, request } from 'node:https'
import { podReview } from './pods.ts'
import { median, post } from './load.ts'
import { bearer, startRegistry } from './registry.ts'
import { startRelay } from './relay.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

const roundTrip = 20
const samples = 15
/** It is the image that is new to the webhook, not every line of its code to Node. */
const warmUp = 5

/**
 * What the first admission of an image takes longer than the second one, which needs no check, beside plain requests over
 * the same relay, one after the other.
 */
export async function cold(scene: Scene): Promise<Row[]> {
  const registry = await startRegistry(scene.certificate, bearer)
  scene.defer(() => registry.close())
  const hosts = Array.from({ length: warmUp + samples }, (_, index) => `r${index}.example`)
  const relays = await Promise.all(hosts.map(() => startRelay(registry.port, roundTrip)))
  scene.defer(() => {
    for (const relay of relays) relay.close()
  })
  const endpoints = Object.fromEntries(
    hosts.map((host, index) => [host, `https://localhost:${relays[index]?.port ?? 0}`]),
  )
  const webhook = await scene.webhook({ check: { endpoints } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const admit = async (image: string) => {
    const started = performance.now()
    await post({ port: webhook.port, body: podReview(image), ca: scene.ca }, agent)
    return performance.now() - started
  }

  await admit('proxy.replicated.com/proxy/my-app/redis')
  const first = { ours: [] as number[], plain: [] as number[] }
  const second = { ours: [] as number[], plain: [] as number[] }
  for (const [index, host] of hosts.entries()) {
    const { port } = relays[index] ?? { port: 0 }
    first.plain.push(await plainRequests(port, scene.ca, 3, false))
    first.ours.push((await admit(`${host}/a/one:1`)) - (await admit(`${host}/a/one:1`)))
    second.plain.push(await plainRequests(port, scene.ca, 2, true))
    second.ours.push((await admit(`${host}/a/two:1`)) - (await admit(`${host}/a/two:1`)))
  }
  agent.destroy()
  await webhook.stop()
  return [
    row('cold check, new host, 20 ms round trips', 'TLS + 3 round trips', first),
    row('cold check, known host, 20 ms round trips', '2 round trips', second),
  ]
}

function row(what: string, trips: string, { ours, plain }: { ours: number[]; plain: number[] }): Row {
  const own = median(ours.map((value, index) => value - (plain[index] ?? NaN)).slice(warmUp))
  return {
    what,
    measured: `${median(ours.slice(warmUp)).toFixed(1)} ms`,
    baseline: `${median(plain.slice(warmUp)).toFixed(1)} ms (${trips})`,
    result: `+ ${own.toFixed(1)} ms`,
    target: 'at most + 3 ms',
    met: own <= 3,
  }
}

/** Milliseconds of `count` requests one after the other; on a connection that is open already where it is `warm`. */
async function plainRequests(port: number, ca: string, count: number, warm: boolean): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const once = () =>
    new Promise<void>((resolve, reject) => {
      request({ host: 'localhost', port, path: '/token', method: 'GET', agent }, (response) => {
        response.resume().on('end', resolve)
      })
        .on('error', reject)
        .end()
    })
  if (warm) await once()
  const started = performance.now()
  for (let index = 0; index < count; index++) await once()
  agent.destroy()
  return performance.now() - started
}
