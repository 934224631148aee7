import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { podReview } from '../support/podReviews.ts'
import { median, post } from './load.ts'
import { startRegistry, type Answers } from './registry.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

/** Milliseconds of each of the proxy's answers. */
const proxyDelay = 150
const deadline = 2500
const hosts = 3
const imagesOfEach = 5

/** Admissions in a cluster that reaches the proxy alone: registries accept connections and never answer. */
export async function firewalled(scene: Scene): Promise<Row[]> {
  const proxy = await startRegistry(scene.certificate, slowly(licensed))
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  scene.defer(() => proxy.close())
  scene.defer(() => silent.close())
  const names = Array.from({ length: hosts }, (_, index) => `silent-${index}.example`)
  const { port } = silent.address() as AddressInfo
  const endpoints = Object.fromEntries(names.map((name) => [name, `https://127.0.0.1:${port}`]))
  const webhook = await scene.webhook({
    license: { id: 'license' },
    check: {
      deadline: `${deadline}ms`,
      endpoints: { ...endpoints, 'proxy.replicated.com': `https://localhost:${proxy.port}` },
    },
  })
  const admit = async (image: string) => {
    const before = proxy.requests.length
    const started = performance.now()
    const answer = await post({ port: webhook.port, body: podReview([image]), ca: scene.ca })
    const took = performance.now() - started
    const rewritten = Buffer.from(/"patch":"([^"]*)"/.exec(answer)?.[1] ?? '', 'base64').includes(
      'proxy.replicated.com',
    )
    return { took, rewritten, proxyTook: (proxy.requests.length - before) * proxyDelay }
  }

  await admit('proxy.replicated.com/proxy/my-app/redis:1')
  const first = []
  const later = []
  for (const name of names) {
    first.push(await admit(`${name}/team/app:1`))
    for (let image = 0; image < imagesOfEach; image++) later.push(await admit(`${name}/team/other-${image}:1`))
  }
  await webhook.stop()

  const all = [...first, ...later]
  const slowest = Math.max(...first.map(({ took }) => took))
  const beyond = Math.max(...later.map(({ took, proxyTook }) => took - proxyTook))
  const left = all.filter(({ rewritten }) => !rewritten).length
  return [
    {
      what: 'only the proxy reachable, first image of a registry',
      measured: `${slowest.toFixed(0)} ms`,
      baseline: `${deadline} ms (deadline)`,
      result: `${left} of ${all.length} images left alone`,
      target: 'none, by the deadline',
      met: left === 0 && slowest <= deadline + 100,
    },
    {
      what: 'only the proxy reachable, every later image of it',
      measured: `${median(later.map(({ took }) => took)).toFixed(0)} ms`,
      baseline: `${median(later.map(({ proxyTook }) => proxyTook)).toFixed(0)} ms (proxy)`,
      result: `+ ${beyond.toFixed(0)} ms at most`,
      target: 'at most + 100 ms',
      met: beyond <= 100,
    },
  ]
}

function slowly(answers: Answers): Answers {
  return (request, response) => {
    setTimeout(() => {
      answers(request, response)
    }, proxyDelay)
  }
}

/** A token for the license, and with it every manifest. */
const licensed: Answers = (request, response) => {
  if (request.url?.startsWith('/token')) {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"token":"t","expires_in":300}')
  } else if (request.headers.authorization === undefined) {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="/token",service="proxy"' }).end()
  } else {
    response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' }).end()
  }
}
