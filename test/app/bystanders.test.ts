import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { createCostlyAuthority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { startAppScene, type AppScene } from '../support/app.ts'
import { attacks, type AttackName, type Target } from '../support/attacks.ts'
import { watch, type Seen, type Wish } from '../support/bystander.ts'
import { createBundle, type Bundle } from '../support/bundle.ts'
import { startNameServer, type NameServer } from '../support/nameServer.ts'
import { startObservedWebhook } from '../support/observedWebhook.ts'
import { canReplaceFiles, resolvingBy } from '../support/program.ts'
import { manifest, redirect, startScriptedRegistry, type ScriptedRegistry } from '../support/registry.ts'

const MiB = 1024 * 1024
const P = 'proxy.replicated.com/proxy/my-app'

/** Milliseconds. */
const duration = 2000

/**
 * Milliseconds that count as none, a tenth of a review's deadline: on a busy machine one answer of a hundred takes as long
 * beside nothing at all. What these attacks did before there was a limit took seconds.
 */
const noise = 250

/** Elsewhere than on Linux no process can have a resolv.conf of its own, and so no name server of these tests. */
const names = canReplaceFiles()
const fourThousand = Array.from({ length: 4000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
const measured = (Object.keys(attacks) as AttackName[]).filter((name) => names || !('needsNames' in attacks[name]))

/** Of nobody’s, behind as many others as a handshake may have, each signed with a large key. */
async function costlyCertificate(): Promise<ServerCertificate> {
  let authority = await createCostlyAuthority('Nobody')
  let chain = ''
  for (let count = 0; count < 26; count++) {
    authority = await authority.delegate(`${count}`)
    chain = `${authority.certificate}\n${chain}`
  }
  const { cert, key } = await authority.issue({ names: ['*.flood.test'] })
  return { cert: `${cert}\n${chain}`, key }
}

describe('whoever creates a Pod meanwhile', function () {
  this.timeout(180_000)
  let bundle: Bundle
  let scene: AppScene
  let nameServer: NameServer
  let registry: ScriptedRegistry
  let silent: RunningServer
  let configFile: string
  let certificates: Target['certificates']

  before(async () => {
    ;[bundle, scene] = await Promise.all([createBundle(), startAppScene()])
    nameServer = await startNameServer((name) => {
      if (name.endsWith('silent.test')) return 'silence'
      if (name.endsWith('many.test')) return { overUdp: [], overTcp: fourThousand }
      return /(?:good|flood)\.test$/.test(name) ? ['127.0.0.1'] : 'nxdomain'
    })
    registry = await startScriptedRegistry(
      await scene.registries.authority.issue({ names: ['127.0.0.1', '*.good.test'] }),
    )
    certificates = {
      ordinary: await scene.registries.authority.issue({ names: ['*.flood.test'] }),
      costly: await costlyCertificate(),
    }
    registry.play(async ({ path }) => {
      if (!path.includes('/turn-')) return manifest
      await pause(1900)
      return redirect(path)
    })
    silent = await startServer(createServer())
    const hosts = ['ghcr.io', ...[0, 1, 2, 3].map((at) => `slow-${at}.example.com`)]
    hosts.push(...[0, 1, 2, 3, 4].map((at) => `many-${at}.example.com`))
    const endpoints = {
      ...Object.fromEntries(hosts.map((host) => [host, registry.url])),
      'silent.example.com': `https://${silent.host}`,
    }
    const check = { endpoints, allowedNetworks: ['127.0.0.0/8'] }
    configFile = await scene.write(
      'config.yaml',
      stringify({ ...scene.configuration({ check }), log: { format: 'json' } }),
    )
  })
  after(async () => {
    await Promise.all([scene.close(), nameServer.close(), registry.close(), silent.close(), bundle.close()])
  })

  /** An image of a known host that was never asked for, one that is private, and one of a host that was never asked. */
  const wish: Wish = (index) => {
    const image = `ghcr.io/team/app-${index}:1`
    const host = names ? [`h${index}.good.test:${new URL(registry.url).port}/team/app:1`] : []
    return {
      images: [image, 'quay.io/my-org/api:v1.0.1', ...host],
      become: [image, `${P}/quay.io/my-org/api:v1.0.1`, ...host],
    }
  }

  async function beside(name: AttackName, kind: 'attack' | 'harmless'): Promise<Seen> {
    const prefix = names
      ? resolvingBy(await scene.write('resolv.conf', `nameserver ${nameServer.address}\nsearch .\n`))
      : []
    const webhook = await startObservedWebhook(bundle, configFile, {}, prefix)
    try {
      const target = { port: webhook.port, ca: scene.ca, namedPort: Number(new URL(registry.url).port), certificates }
      return await watch(webhook, { name, kind, target, duration }, wish)
    } finally {
      await webhook.kill()
    }
  }

  for (const name of measured) {
    describe(`beside ${name}`, () => {
      let harmless: Seen
      let attacked: Seen

      /** What a busy machine did to one of them is not there the next time, what the attack does is. */
      before(async () => {
        for (let count = 0; count < 3; count++) {
          harmless = await beside(name, 'harmless')
          attacked = await beside(name, 'attack')
          if (isRight() && isAsFast() && isAsFree()) break
        }
      })
      const isRight = () => harmless.wrong.length + attacked.wrong.length === 0
      const isAsFast = () => attacked.p99 <= Math.max(2 * harmless.p99, noise)
      const isAsFree = () => attacked.stretch <= harmless.stretch + 50

      it('gets the right answers', () => {
        expect([...harmless.wrong, ...attacked.wrong]).to.deep.equal([])
      })
      it('waits at the 99th percentile at most twice as long as beside what does no harm', () => {
        expect(isAsFast(), `${attacked.p99} ms, and ${harmless.p99} ms`).to.equal(true)
      })
      it('waits for no more than 50 ms of the webhook’s work longer', () => {
        expect(isAsFree(), `${attacked.stretch} ms, and ${harmless.stretch} ms`).to.equal(true)
      })
      it('finds the webhook with less than 200 MiB', () => {
        expect(attacked.peak / MiB).to.be.below(200)
      })
    })
  }
})
