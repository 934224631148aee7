// A replica in a process of its own, so that its memory is its own: keeps the copies in all namespaces with the service
// account it is given. Each line on its standard input is a license id; it answers with a line of JSON when no copy is outdated.
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { manager } from '../../../../src/cluster/ownership.ts'
import { connect } from '../../../../src/kubernetes/connect.ts'
import { createPullSecretKeeper } from '../../../../src/cluster/pullSecrets.ts'
import { watchWebhookConfiguration } from '../../../../src/cluster/webhookConfiguration.ts'
import { licenseFor } from '../../../support/licenses.ts'
import { onRequest } from './sentRequests.ts'

const [serviceAccount = '', name = '', owner = '', copies = '', requestsPerSecond = ''] = process.argv.slice(2)
const sent: number[] = []
let peak = 0
setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50).unref()

onRequest(() => sent.push(performance.now()))
const api = await connect({
  environment: process.env,
  serviceAccount,
  requestsPerSecond: Number(requestsPerSecond),
  userAgent: manager,
})
if (api === undefined) throw new Error('no cluster')
const configuration = watchWebhookConfiguration({ api, name: owner })
let id = 'license-1'
const keeper = createPullSecretKeeper({
  api,
  license: () => licenseFor(id, 'proxy.example.com'),
  name: () => name,
  namespaces: ['*'],
  configuration,
  leading: () => true,
})
keeper.start()
await settled()
report()

for await (const line of createInterface({ input: process.stdin })) {
  id = line
  sent.length = 0
  keeper.licenseChanged()
  await settled()
  report()
}
process.exit()

async function settled(): Promise<void> {
  for (;;) {
    const { copies: known, outdated } = keeper.stats()
    if (known === Number(copies) && outdated === 0) return
    await pause(20)
  }
}

function report(): void {
  const busiest = Math.max(0, ...sent.map((from, index) => sent.findLastIndex((at) => at < from + 1000) - index + 1))
  console.log(JSON.stringify({ requests: sent.length, busiest, megabytes: peak / 1e6 }))
}
