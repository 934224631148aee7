import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { podReview } from '../support/podReviews.ts'
import { median, post } from './load.ts'
import { bearer, startRegistry } from './registry.ts'
import { startRelay } from './relay.ts'
import type { PlainRequests } from './plainClient.ts'
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
  const client = fork(join(import.meta.dirname, 'plainClient.ts'))
  scene.defer(() => client.kill())
  const plainRequests = async (asked: PlainRequests): Promise<number> => {
    const answer = once(client, 'message') as Promise<[number]>
    client.send(asked)
    return (await answer)[0]
  }
  const admit = async (image: string) => {
    const started = performance.now()
    await post({ port: webhook.port, body: podReview([image]), ca: scene.ca }, agent)
    return performance.now() - started
  }

  await admit('proxy.replicated.com/proxy/my-app/redis')
  const first = { ours: [] as number[], plain: [] as number[] }
  const second = { ours: [] as number[], plain: [] as number[] }
  for (const [index, host] of hosts.entries()) {
    const { port } = relays[index] ?? { port: 0 }
    first.plain.push(await plainRequests({ port, ca: scene.ca, count: 3, warm: false }))
    first.ours.push((await admit(`${host}/a/one:1`)) - (await admit(`${host}/a/one:1`)))
    second.plain.push(await plainRequests({ port, ca: scene.ca, count: 2, warm: true }))
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
