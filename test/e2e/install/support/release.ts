import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, type Output } from '../../../support/command.ts'
import { chart } from '../../../chart/support/helm.ts'
import type { Helm } from '../../../chart/support/programs.ts'
import { waitFor } from '../../support/wait.ts'
import { licenseFile, licenseId } from './accounts.ts'
import type { Scene } from './scene.ts'
import type { World } from './world.ts'

export interface Release {
  readonly name: string
  readonly namespace: string
  readonly helm?: Helm
}

export interface ReleaseOptions {
  /** What the customer has; no file where undefined. */
  readonly license?: string
  /** On top of what the scene needs. */
  readonly values?: object
  readonly args?: readonly string[]
}

/** What registries that are on a private network, with certificates of their own, need. */
export function sceneValues({ ca }: Scene) {
  const rules = [
    {
      match: 'registry.example.com:5000/**',
      action: 'proxy',
      template: '{domain}/proxy/{appSlug}/{host}/{repository}{suffix}',
    },
  ]
  return { check: { allowedNetworks: ['198.18.0.0/15'], ca }, policy: { rules } }
}

/** `helm install` or `helm upgrade`, which returns when the Pods of the webhook are ready. */
export async function deploy(
  { cluster, scene }: World,
  command: 'install' | 'upgrade',
  { name, namespace, helm = 'helm3' }: Release,
  { license = licenseFile(licenseId), values = {}, args = ['--wait', '--timeout=90s'] }: ReleaseOptions = {},
): Promise<Output> {
  const directory = await mkdtemp(join(tmpdir(), 'release-'))
  const path = (name: string, content: string) =>
    writeFile(join(directory, name), content).then(() => join(directory, name))
  try {
    const files = [
      `--values=${await path('scene.yaml', JSON.stringify(sceneValues(scene)))}`,
      `--values=${await path('values.yaml', JSON.stringify(values))}`,
      `--set-file=license.file=${await path('license.yaml', license)}`,
    ]
    return await run(helm, [command, name, chart, `--namespace=${namespace}`, ...files, ...args], { env: cluster.env })
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** `helm test`. Rejects where it fails, with what Helm says. */
export async function testRelease(
  { cluster }: World,
  { name, namespace, helm = 'helm3' }: Release,
  ...args: readonly string[]
): Promise<Output> {
  return run(helm, ['test', name, `--namespace=${namespace}`, '--timeout=60s', ...args], { env: cluster.env })
}

/** `helm uninstall`, which returns when all of the release's objects are gone. */
export async function remove({ cluster }: World, { name, namespace, helm = 'helm3' }: Release): Promise<void> {
  await run(helm, ['uninstall', name, `--namespace=${namespace}`, '--wait', '--timeout=60s'], { env: cluster.env })
}

/**
 * Resolves when the API server gets answers about Pods of a namespace. Helm returns when the webhook is ready; the node's
 * kube-proxy hears of that a moment later, and until then the connection is refused and Pods are let through.
 */
export async function untilAnswered({ cluster }: World, namespace: string): Promise<void> {
  const image = 'quay.io/my-org/no-such-image:1'
  const create = ['run', 'probe', `--image=${image}`, '--dry-run=server', `--namespace=${namespace}`]
  await waitFor('the API server to be answered', async () => {
    return (await cluster.kubectl(create)).stderr.includes(`Warning: image "${image}" is left alone`)
  })
}
