import { setTimeout as pause } from 'node:timers/promises'
import { formatTable, type TableOptions } from '../src/cli/terminal/table.ts'
import { pull } from '../testbed/upstream.ts'
import { columns, readReview, reviewPath, tell, toRows, type Told } from './pods.ts'
import { licenseId, proxyDomain, startScene, type Scene } from '../testbed/scene.ts'
import { startWebhook, type Webhook } from '../testbed/webhook.ts'

/*
 * The webhook's work to watch, with no cluster and no account: `npm run demo`. With `-- --stay` it goes on running.
 */

const style: TableOptions = { width: process.stdout.columns, colours: process.stdout.isTTY && !process.env['NO_COLOR'] }
const reviews = ['deployment', 'docker-hub-names', 'multi-image', 'kubectl-debug']
const watched = 'deployment'

const interrupted = Promise.withResolvers<'interrupted'>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted.resolve('interrupted')
  })
}
// A reader who has seen enough: `npm run demo | head`.
process.stdout.on('error', () => {
  interrupted.resolve('interrupted')
})

const scene = await startScene()
let webhook: Webhook | undefined
try {
  webhook = await startWebhook(scene)
  const ended = await Promise.race([show(scene, webhook), interrupted.promise])
  if (ended !== 'interrupted') {
    if (process.argv.includes('--stay')) {
      stay(webhook)
      await interrupted.promise
    } else {
      say('All of it ends now. `npm run demo -- --stay` keeps it running; README.md has the same on a cluster.')
    }
  }
} finally {
  await webhook?.stop()
  await scene.close()
}

async function show(scene: Scene, webhook: Webhook): Promise<void> {
  say(
    'A Pod says which images it runs. The webhook leaves public ones alone, and points private ones at the licensed proxy,\n' +
      'where that serves them to the license. Nothing outside this machine is asked.',
  )
  introduce(scene, webhook)

  title('2. The license is active. Pods as a real API server sent them, and what the webhook answers:')
  const told = new Map<string, readonly Told[]>()
  for (const name of reviews) told.set(name, await answer(webhook, name))
  print(told)
  say(
    'ANONYMOUS: whether the registry gives the image to everyone. PROXY: whether the proxy gives it to this license.\n' +
      'MS: milliseconds until the webhook knew.',
  )
  const before = told.get(watched) ?? []
  if (before.every(({ location }) => location === undefined)) {
    say(
      'No image of the first Pod was rewritten: this machine is too busy for the registries above to answer in time.\nTry again.',
    )
    process.exitCode = 1
    return
  }
  say(`The first Pod once more, from the cache: ${await timeOfRepetition(webhook)} ms.`)
  await pullAsKubelet(scene, before)

  scene.proxy.setLicense(licenseId, 'revoked')
  title('3. The vendor revokes the license. As soon as the cache has forgotten (here after a second):')
  print(new Map([[watched, await answerChanged(webhook, before)]]))
  await pullAsKubelet(scene, before)
  scene.proxy.setLicense(licenseId, 'active')
}

function introduce({ registries, proxy, endpoints }: Scene, { pid, port, startedIn }: Webhook): void {
  title('1. What is started on this machine, each over https:')
  const rows = [
    ...registries.map(({ host, about }) => ({ cells: [host, endpoints[host] ?? '', about] })),
    { cells: [proxyDomain, proxy.url, "the licensed proxy, which pulls through with the vendor's credentials"] },
    { cells: ['the webhook', `https://localhost:${port}`, `process ${pid}, ready after ${Math.round(startedIn)} ms`] },
  ]
  process.stdout.write(formatTable(['NAME', 'LISTENS AT', ''], rows, style))
}

async function answer(webhook: Webhook, name: string): Promise<Told[]> {
  const review = await readReview(name)
  return tell(review, await webhook.post(review))
}

/** Asks until the webhook answers otherwise than `before`: its cache needs a moment to forget. */
async function answerChanged(webhook: Webhook, before: readonly Told[]): Promise<Told[]> {
  const end = performance.now() + 10_000
  for (;;) {
    const now = await answer(webhook, watched)
    const changed = now.some(({ logged }, index) => logged.proxy !== before[index]?.logged.proxy)
    if (changed || performance.now() > end) return now
    await pause(100)
  }
}

/** Milliseconds for a review whose verdicts are all known: the second of two, unless the cache forgot in between. */
async function timeOfRepetition(webhook: Webhook): Promise<string> {
  const review = await readReview(watched)
  for (;;) {
    const { milliseconds, images } = await webhook.post(review)
    if (images.every(({ cached }) => cached)) return milliseconds.toFixed(1)
  }
}

/** What comes after the webhook: the kubelet asks the proxy for the image, with the license of the pull secret. */
async function pullAsKubelet({ proxy, authority, registries }: Scene, told: readonly Told[]): Promise<void> {
  const location = told.find(({ location }) => location !== undefined)?.location
  const [, repository = '', tag = ''] = /^[^/]+\/(.+):([^:/]+)$/.exec(location ?? '') ?? []
  const link = { url: proxy.url, ca: authority.certificate, username: 'LICENSE_ID', password: licenseId }
  const path = `/v2/${repository}/manifests/${tag}`
  const seen = registries.map(({ registry }) => registry.readers.length)
  const answer = await pull(link, 'GET', path, 'application/vnd.oci.image.manifest.v1+json')
  answer.resume()
  const readers = registries.flatMap(({ host, registry }, index) =>
    registry.readers.slice(seen[index]).map((account) => `${host} gave it to the account "${account}"`),
  )
  const outcome = [`${answer.statusCode ?? 0}`, ...readers].join(', and ')
  say(`A node that pulls ${repository}:${tag} from the proxy with the license gets ${outcome}.`)
}

function stay({ port, directory }: Webhook): void {
  title('Everything goes on running until Ctrl-C. To try:')
  say(
    [
      `curl --cacert ${directory}/ca.pem -H 'Content-Type: application/json' \\`,
      `  --data-binary @${reviewPath('multi-image')} 'https://localhost:${port}/mutate?timeout=5s'`,
      '',
      `npx node src/main.ts check --verbose --config ${directory}/config.yaml quay.io/my-org/api:v1.0.1 redis:7`,
      `npx node src/main.ts explain --config ${directory}/config.yaml -f FILE`,
    ].join('\n'),
  )
}

function print(told: ReadonlyMap<string, readonly Told[]>): void {
  process.stdout.write(
    formatTable(
      columns,
      [...told].flatMap(([pod, images]) => toRows(pod, images)),
      style,
    ),
  )
}

function title(text: string): void {
  process.stdout.write(`\n${text}\n\n`)
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`)
}
