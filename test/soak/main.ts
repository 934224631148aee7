import { parseArgs } from 'node:util'
import { numberOf, readArguments } from '../support/readArguments.ts'
import { soak } from './soak.ts'
import { faultsOfSoak, growthOf, percent } from './verdict.ts'

const usage = `npm run soak -- [--minutes N]

Works the bundle for N minutes (default 10): reviews, while registries fail and recover, certificates rotate and the license
changes. Ends with 1 where it would not last.`

const minutes = readArguments(usage, () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  return numberOf('--minutes', values.minutes, (minutes) => minutes > 0 && minutes < Infinity, 'a number above 0')
})
/** Milliseconds; at least nine rounds. */
const round = Math.round(Math.min(30_000, (minutes * 60_000) / 9))
const rounds = Math.round((minutes * 60_000) / round)

const report = await soak({
  rounds,
  round,
  onRound: (sentence) => {
    console.log(sentence)
  },
})
const { reviews, changes, late, slowest, failed, heap } = report
console.log(
  `${reviews} reviews and ${changes} changes around them: ${failed} failed, ${late} late, the slowest answer after ` +
    `${Math.round(slowest)} ms; the heap after the warm-up grew by ${percent(growthOf(heap))}`,
)
const faults = faultsOfSoak(report)
for (const fault of faults) console.error(`FOUND ${fault}`)
if (faults.length > 0) process.exitCode = 1
