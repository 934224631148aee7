import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import type { ExplainedPod } from '../src/cli/admitted.ts'
import { htmlReport } from '../src/cli/htmlReport.ts'
import type { Decision } from '../src/decision/decision.ts'

/*
 * Draws the picture of the HTML report in the documentation, of invented images. It needs Chromium at /usr/bin/chromium.
 */

const target = join(import.meta.dirname, '../docs/images')
const verdict = <Access extends string>(access: Access) =>
  ({ access, reason: 'readable', checkedAt: 0, ttl: 1 }) as const

const decisions: readonly [workload: string, decision: Decision][] = [
  ...['api', 'worker', 'scheduler'].map((name): [string, Decision] => [
    `shop/Deployment/${name}`,
    {
      image: `quay.io/my-org/${name}:v1.4.2`,
      action: 'rewrite',
      reason: 'private',
      location: `proxy.replicated.com/proxy/my-app/quay.io/my-org/${name}:v1.4.2`,
      anonymous: verdict('private'),
      proxy: verdict('served'),
    },
  ]),
  ['shop/StatefulSet/cache', publicImage('redis:7')],
  ['shop/Deployment/edge', publicImage('nginx:1.29')],
  [
    'shop/Deployment/billing',
    {
      image: 'registry.replicated.com/my-app/billing:2',
      action: 'attach',
      reason: 'hosted',
      proxy: verdict('served'),
    },
  ],
  [
    'tools/CronJob/report',
    {
      image: 'registry.customer.example/team/report:5',
      action: 'leave',
      reason: 'refused',
      warning: 'refused',
      anonymous: verdict('private'),
      proxy: { ...verdict('refused'), reason: 'denied' },
    },
  ],
]

function publicImage(image: string): Decision {
  return { image, action: 'leave', reason: 'public', anonymous: verdict('public') }
}

const pods = decisions.map(([workload, decision]): ExplainedPod => {
  const [namespace = '', , name = ''] = workload.split('/')
  return { workload, namespace, path: [], pod: {}, patch: [], images: [{ container: name, milliseconds: 1, decision }] }
})
const unread = [{ owner: 'shop/Cluster/db', path: 'spec.imageName', image: 'quay.io/my-org/postgres:17' }]
const commands = ['kubectl rollout restart deployment/api -n shop']

const directory = await mkdtemp(join(tmpdir(), 'docs-images-'))
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const file = join(directory, 'report.html')
  await writeFile(file, htmlReport({ pods, unread, commands, notes: [] }))
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' })
  await page.goto(pathToFileURL(file).href)
  await mkdir(target, { recursive: true })
  await page.screenshot({ path: join(target, 'report.png'), fullPage: true })
} finally {
  await browser.close()
  await rm(directory, { recursive: true })
}
