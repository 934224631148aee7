import { createNamespaces } from './namespaces.ts'
import { deploy, untilAnswered, type Release } from './release.ts'
import { world, type World } from './world.ts'

/** The release that most tests share, installed as the README says. */
export const release: Release = { name: 'image-proxy-webhook', namespace: 'image-proxy-system' }
/** Whose Pods are patched, besides the release's own. */
export const [app, otherApp] = ['my-app', 'my-other-app'] as const
/** Whose Pods are not. */
export const elsewhere = 'elsewhere'
export const sharedValues = { additionalNamespaces: [app, otherApp] }

let shared: Promise<World> | undefined

/** Call it in a `describe`: its tests then have the webhook in the cluster. */
export function useInstallation(): () => World {
  let here: World | undefined
  before(async function () {
    this.timeout(300_000)
    shared ??= install()
    here = await shared
  })
  return () => {
    if (here === undefined) throw new Error('nothing is installed yet')
    return here
  }
}

async function install(): Promise<World> {
  const here = await world()
  await createNamespaces(here, [release.namespace], { 'pod-security.kubernetes.io/enforce': 'restricted' })
  await createNamespaces(here, [app, otherApp, elsewhere])
  await deploy(here, 'install', release, { values: sharedValues })
  await untilAnswered(here, app)
  return here
}
