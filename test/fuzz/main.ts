import { parseArgs } from 'node:util'
import { numberOf, readArguments } from '../support/readArguments.ts'
import { fuzz, type Target } from './fuzz.ts'
import { startReviewedWebhook, reviews } from './reviews.ts'
import { challenges, configurations, dockerConfigs, licenses, references } from './texts.ts'

const names = ['references', 'challenges', 'configuration', 'license', 'dockerconfigjson', 'reviews']
const usage = `npm run fuzz -- [--runs N] [--seed S] [NAME…]

Tries each target, or those that are named, with N inputs (default 10000). A finding tells its seed: the same --seed with
--runs 5000 finds it again. Ends with 1 where there is one.

Targets: ${names.join(', ')}`

const { runs, seed, asked } = readArguments(usage, () => {
  const options = { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const unknown = positionals.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`no target is called ${unknown}`)
  return {
    runs: numberOf('--runs', values.runs, (runs) => Number.isSafeInteger(runs) && runs > 0, 'a whole number above 0'),
    seed: numberOf('--seed', values.seed ?? String(Date.now() % 2 ** 31), Number.isSafeInteger, 'a whole number'),
    asked: positionals,
  }
})
const isAsked = (name: string) => asked.length === 0 || asked.includes(name)

async function report<Input>(target: Target<Input>): Promise<void> {
  if (!isAsked(target.name)) return
  const outcome = await fuzz(target, { runs, seed })
  console.log(`${outcome.name}: ${outcome.runs} runs from seed ${seed} in ${outcome.seconds.toFixed(0)} s`)
  tell(outcome.findings)
}

function tell(findings: readonly string[]): void {
  for (const finding of findings) console.error(`FOUND ${finding}`)
  if (findings.length > 0) process.exitCode = 1
}

await report(references())
await report(challenges())
await report(configurations())
await report(licenses())
await report(dockerConfigs())
if (isAsked('reviews')) {
  const webhook = await startReviewedWebhook()
  try {
    await report(reviews(webhook.post))
    tell(webhook.faults)
  } finally {
    await webhook.close()
  }
}
