import type { World } from './world.ts'

/** A Deployment of the webhook. */
export interface Webhook {
  readonly fullname: string
  readonly namespace: string
}

/** Runs JavaScript in a container of the webhook, whose ports are nowhere else to be reached. @returns what it prints */
async function evaluate({ cluster }: World, { fullname, namespace }: Webhook, script: string): Promise<string> {
  const node = ['/nodejs/bin/node', '--eval', script]
  const exec = ['exec', `deployment/${fullname}`, `--namespace=${namespace}`, '--', ...node]
  return (await cluster.kubectl(exec)).stdout
}

function get(world: World, webhook: Webhook, path: string): Promise<string> {
  const url = JSON.stringify(`http://localhost:9090${path}`)
  return evaluate(world, webhook, `fetch(${url}).then((r) => r.text()).then(console.log)`)
}

/** What the webhook says of itself: a line a check. */
export function readiness(world: World, webhook: Webhook): Promise<string> {
  return get(world, webhook, '/readyz?verbose')
}

/** The value of a metric without labels; undefined where there is none. */
export async function metric(world: World, webhook: Webhook, name: string): Promise<number | undefined> {
  const lines = (await get(world, webhook, '/metrics')).split('\n')
  const line = lines.find((text) => text.startsWith(`image_proxy_webhook_${name} `))
  return line === undefined ? undefined : Number(line.split(' ')[1])
}

/** Of the certificate that a new connection is served, by whomever it is signed: whether it is trusted is the API server's to say. */
export async function servedSerial(world: World, webhook: Webhook): Promise<string> {
  const script = `
    const socket = require('node:tls').connect({ port: 8443, rejectUnauthorized: false }, () => {
      console.log(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })`
  return (await evaluate(world, webhook, script)).trim()
}
