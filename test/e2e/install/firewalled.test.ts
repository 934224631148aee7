import { expect } from 'chai'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug } from './support/accounts.ts'
import { app, release, useInstallation } from './support/installation.ts'
import { pod, podsOf } from './support/workloads.ts'

/** Those of a registry whose address the firewall drops, and of nobody else before. */
const images = Array.from({ length: 12 }, (_, index) => `gcr.io/firewalled/app-${index}:1`)
const proxied = (image: string) => `proxy.replicated.com/proxy/${appSlug}/${image}`
const [deadline, added] = [2500, 100]
/** Milliseconds that the proxy takes for a request, and requests that one question to it takes with a token. */
const proxy = { delay: 150, requests: 3 }

interface AdmissionLine {
  readonly replica: string
  readonly time: number
  readonly milliseconds: number
}

describe('in a cluster whose firewall drops what goes to a registry', function () {
  this.timeout(180_000)
  const world = useInstallation()
  let openFirewall: () => Promise<void>
  const name = (index: number) => `firewalled-${index}`
  const kubectl = (...args: readonly string[]) => world().cluster.kubectl([`--namespace=${app}`, ...args])
  const create = (index: number, spec: object) =>
    world().cluster.apply(JSON.stringify(pod(name(index), { main: images[index] ?? '' }, spec)), `--namespace=${app}`)

  before(async () => {
    for (const image of images) await world().scene.push(image)
    openFirewall = await world().cluster.script().firewall(world().scene.addressOf('gcr.io'))
    world().scene.proxy.delayAnswers(proxy.delay)
    for (const index of images.keys()) await create(index, {})
  })
  after(async () => {
    world().scene.proxy.delayAnswers(0)
    await openFirewall()
    await kubectl('delete', 'pods', ...images.map((_, index) => name(index)), '--wait=false')
  })

  /** What the replicas logged of these Pods, each replica's in order. */
  async function admissions(): Promise<readonly (readonly AdmissionLine[])[]> {
    const selector = `--selector=app.kubernetes.io/instance=${release.name}`
    const { stdout } = await world().cluster.kubectl([
      'logs',
      selector,
      '--prefix',
      '--tail=-1',
      `--namespace=${release.namespace}`,
    ])
    const lines = stdout
      .split('\n')
      .filter((line) => line.includes('"msg":"admission"') && line.includes('firewalled-'))
    const parsed = lines.map((line): AdmissionLine => {
      const start = line.indexOf('{')
      return { ...(JSON.parse(line.slice(start)) as AdmissionLine), replica: line.slice(0, start) }
    })
    const ordered = parsed.toSorted((a, b) => a.time - b.time)
    return Object.values(Object.groupBy(ordered, ({ replica }) => replica)).flatMap((of) => (of ? [of] : []))
  }

  it('every image of it is pulled from the proxy', async () => {
    for (const [index, image] of images.entries()) {
      const [found] = await podsOf(world(), app, name(index))
      expect(found && stored(found).images).to.deep.equal({ main: proxied(image) })
    }
  })

  it('the first admission takes a replica no longer than its deadline, and every later one 100 ms more than the proxy', async () => {
    const replicas = await admissions()
    const first = replicas.map(([line]) => line?.milliseconds ?? NaN)
    const later = replicas.flatMap(([, ...lines]) => lines.map(({ milliseconds }) => milliseconds))
    console.log(`      first ${first.join(', ')} ms, then at most ${Math.max(...later)} ms`)
    expect(first.length + later.length).to.equal(images.length)
    expect(Math.max(...first)).to.be.at.most(deadline)
    expect(Math.max(...later)).to.be.at.most(proxy.delay * proxy.requests + added)
  })

  it('every Pod runs', async () => {
    await waitFor(
      'all Pods to run',
      async () => {
        const { stdout } = await kubectl('get', 'pods', ...images.map((_, index) => name(index)), '--output=json')
        const { items } = JSON.parse(stdout) as { items: { status?: { phase?: string } }[] }
        return items.every(({ status }) => status?.phase === 'Running')
      },
      { seconds: 45 },
    )
  })
})
