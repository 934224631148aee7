import { parseArgs } from 'node:util'
import { soak } from './soak.ts'
import { faultsOfSoak, growthOf, percent } from './verdict.ts'

/** `npm run soak -- --minutes N`: works the bundle for so long, and ends with 1 where it would not last. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) {
  console.error('expected --minutes N')
  process.exit(2)
}
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
