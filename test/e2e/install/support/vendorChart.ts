import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chart } from '../../../chart/support/helm.ts'
import { run, type Output } from '../../../support/command.ts'
import { licenseFile, licenseId } from './accounts.ts'
import { sceneValues, type Release } from './release.ts'
import type { World } from './world.ts'

export interface VendorChart {
  /** What it installs of its own. */
  readonly objects: readonly object[]
  /** Whether the webhook is a part of it. */
  readonly withWebhook: boolean
  /** Of the webhook, on top of what the scene needs. */
  readonly values?: object
  readonly args?: readonly string[]
}

/** `helm install` of a chart as a vendor has it. Resolves when Helm returns. */
export async function installVendorChart(
  { cluster, scene }: World,
  { name, namespace, helm = 'helm3' }: Release,
  { objects, withWebhook, values = {}, args = [] }: VendorChart,
): Promise<Output> {
  const directory = await mkdtemp(join(tmpdir(), 'vendor-chart-'))
  const write = (file: string, content: unknown) => writeFile(join(directory, file), JSON.stringify(content))
  try {
    const dependencies = withWebhook ? [{ name: 'image-proxy-webhook', version: '*' }] : []
    await write('Chart.yaml', { apiVersion: 'v2', name: 'vendors-app', version: '1.0.0', dependencies })
    await mkdir(join(directory, 'templates'))
    if (withWebhook) await cp(chart, join(directory, 'charts', 'image-proxy-webhook'), { recursive: true })
    await Promise.all(objects.map((object, index) => write(`templates/object-${index}.yaml`, object)))
    const own = { license: { file: licenseFile(licenseId) }, ...sceneValues(scene), ...values }
    await write('values.yaml', withWebhook ? { 'image-proxy-webhook': own } : {})
    return await run(helm, ['install', name, directory, `--namespace=${namespace}`, ...args], { env: cluster.env })
  } finally {
    await rm(directory, { recursive: true })
  }
}
