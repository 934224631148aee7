import fc from 'fast-check'
import { threadTime } from '../support/eventLoop.ts'

/** Something that must hold of any input, with the inputs that are tried. */
export interface Target<Input = unknown> {
  readonly name: string
  readonly inputs: fc.Arbitrary<Input>
  /** Throws, or rejects, where it does not hold. */
  readonly check: (input: Input) => void | Promise<void>
  /** How many inputs are tried at once. Default: 1. */
  readonly lanes?: number
}

export interface FuzzOptions {
  readonly runs: number
  readonly seed: number
  /** Milliseconds. An input that takes longer is a finding: whoever waits has given up. Default: 10 s. */
  readonly patience?: number
}

export interface FuzzOutcome {
  readonly name: string
  readonly runs: number
  readonly seconds: number
  /** What was found: a sentence with the seed, the smallest input that shows it, and what is wrong. */
  readonly findings: readonly string[]
}

/** A seed's share of the runs: it is found again in a moment. */
const share = 5000

/** Tries a target with `runs` inputs; ends at the first finding of each lane. */
export async function fuzz<Input>(target: Target<Input>, { runs, seed, patience }: FuzzOptions): Promise<FuzzOutcome> {
  const { name, lanes = 1 } = target
  const started = performance.now()
  const findings: string[] = []
  const parts = partsOf(runs, Math.min(share, Math.ceil(runs / lanes)))
  let next = 0
  let done = 0
  const runLane = async () => {
    while (next < parts.length && findings.length === 0) {
      const part = next++
      const finding = await runPart(target, {
        runs: parts[part] ?? 0,
        seed: seed + part,
        ...(patience !== undefined && { patience }),
      })
      done += parts[part] ?? 0
      if (finding !== undefined) findings.push(finding)
    }
  }
  await Promise.all(Array.from({ length: lanes }, runLane))
  return { name, runs: done, seconds: (performance.now() - started) / 1000, findings }
}

async function runPart<Input>({ name, inputs, check }: Target<Input>, { runs, seed, patience = 10_000 }: FuzzOptions) {
  const property = fc.asyncProperty(inputs, async (input) => {
    const [began, started] = [threadTime(), performance.now()]
    const checked = check(input)
    await checked
    // What waits for nothing takes the processor's time: that of a busy machine is no fault of the input.
    const milliseconds = checked instanceof Promise ? performance.now() - started : threadTime() - began
    if (milliseconds > patience) throw new Error(`took ${Math.round(milliseconds)} ms`)
  })
  const { failed, counterexample, numRuns, numShrinks, errorInstance } = await fc.check(property, {
    numRuns: runs,
    seed,
  })
  if (!failed) return undefined
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  const input = fc.stringify(counterexample?.[0])
  return `${name}, --seed ${seed}, run ${numRuns}, shrunk ${numShrinks} times: ${why}\n  ${input.slice(0, 4000)}`
}

function partsOf(runs: number, size: number): number[] {
  return Array.from({ length: Math.ceil(runs / size) }, (_, index) => Math.min(size, runs - index * size))
}
