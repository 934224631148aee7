import { parseArgs } from 'node:util'
import { fuzz, type Target } from './fuzz.ts'
import { startReviewedWebhook, reviews } from './reviews.ts'
import { challenges, configurations, dockerConfigs, licenses, references } from './texts.ts'

/**
 * `npm run fuzz -- --runs N [--seed S] [NAME…]` tries each target with so many inputs. A finding tells its seed: the same
 * `--seed` with `--runs 5000` finds it again. Ends with 1 where there is one.
 */
const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } },
  allowPositionals: true,
})
const runs = Number(values.runs)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const names = ['references', 'challenges', 'configuration', 'license', 'dockerconfigjson', 'reviews']
const unknown = positionals.filter((name) => !names.includes(name))
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || unknown.length > 0) {
  console.error(`expected --runs N [--seed S] and any of ${names.join(', ')}`)
  process.exit(2)
}
const isAsked = (name: string) => positionals.length === 0 || positionals.includes(name)

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
