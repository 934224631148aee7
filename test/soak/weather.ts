import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { appSlug, licenseId } from '../../testbed/scene.ts'
import type { AppScene } from '../support/app.ts'
import { mountSecret } from '../support/mountedSecret.ts'
import { bearer, challenge, html, manifest, startScriptedRegistry, status, type Script } from '../support/registry.ts'

/** What a registry does for a while: half of it is well. */
const moods: readonly Script[] = [
  () => manifest,
  () => status(500),
  () => challenge('Basic realm="registry"'),
  () => 'hang',
  ({ path }) => (path.endsWith('/1') ? manifest : status(404)),
  () => 'reset',
  () => manifest,
  () => status(429, { 'retry-after': '1' }),
  () => challenge(bearer('https://127.0.0.1:1/token')),
  () => html(200),
]

/** How many registries fail and recover, one after the other. */
const moody = 5

/** The hosts of those registries, as images name them. */
export const moodyHosts = Array.from({ length: 20 }, (_, index) => `moody-${index}.example.com`)

/** What changes around a webhook while it works. */
export interface Weather {
  readonly endpoints: Readonly<Record<string, string>>
  /** Of the mounted certificate and license. */
  readonly files: { readonly certFile: string; readonly keyFile: string; readonly license: string }
  readonly changes: number
  /** Changes something every so many milliseconds, until it is aborted. */
  blow(interval: number, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export async function createWeather(scene: AppScene): Promise<Weather> {
  const { authority } = scene.registries
  const names = ['localhost', '127.0.0.1']
  const issue = async () => {
    const { cert, key } = await authority.issue({ names })
    return { 'tls.crt': cert, 'tls.key': key }
  }
  const license = (id: string) =>
    stringify({ apiVersion: 'kots.io/v1beta1', kind: 'License', spec: { licenseID: id, appSlug } })
  /** The right one after each that is of no use. */
  const licenses = ['', 'a-license-of-nobody', 'no license: [', license('a-license-of-nobody'), 'kind: Secret'].flatMap(
    (text) => [text, license(licenseId)],
  )
  const [tls, mounted] = await Promise.all([
    issue().then((files) => mountSecret(scene.path('tls'), files)),
    mountSecret(scene.path('license'), { 'license.yaml': license(licenseId) }),
  ])
  const certificate = await authority.issue({ names })
  const registries = await Promise.all(Array.from({ length: moody }, () => startScriptedRegistry(certificate)))
  const endpoints = moodyHosts.map((host, index) => [host, registries[index % moody]?.url ?? ''] as const)

  let changes = 0
  async function change(): Promise<void> {
    const number = changes++
    registries[number % moody]?.play(moods[Math.floor(number / 2) % moods.length] ?? (() => manifest))
    if (number % 3 === 0) await tls.update(await issue())
    if (number % 4 === 1)
      await mounted.update({ 'license.yaml': licenses[Math.floor(number / 4) % licenses.length] ?? '' })
  }
  for (const registry of registries) registry.play(() => manifest)

  return {
    endpoints: Object.fromEntries(endpoints),
    files: { certFile: tls.path('tls.crt'), keyFile: tls.path('tls.key'), license: mounted.path('license.yaml') },
    get changes() {
      return changes
    },
    async blow(interval, signal) {
      while (!signal.aborted) {
        await change()
        await pause(interval, undefined, { signal }).catch(() => undefined)
      }
    },
    close: async () => {
      await Promise.all(registries.map((registry) => registry.close()))
    },
  }
}
