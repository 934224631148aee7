import { start } from './child.ts'
import { podReview } from '../support/podReviews.ts'
import { median, post } from './load.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

/** As many that two runs on a busy machine differ by a hundredth or two. */
const samples = 31

/** Milliseconds from the start of the process to its first answer, beside an Express application that does nothing else. */
export async function startup(scene: Scene): Promise<Row[]> {
  const target = { body: podReview(['proxy.replicated.com/proxy/my-app/redis']), ca: scene.ca }
  const firstAnswer = async (args: readonly string[]) => {
    const started = performance.now()
    const child = await start(args)
    await post({ ...target, port: child.port })
    const took = performance.now() - started
    await child.stop()
    return took
  }
  const webhookArguments = await scene.webhookArguments()
  const expressArguments = await scene.expressArguments()
  const ours: number[] = []
  const theirs: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    ours.push(await firstAnswer(webhookArguments))
    theirs.push(await firstAnswer(expressArguments))
  }
  const [took, baseline] = [median(ours), median(theirs)]
  return [
    {
      what: 'from exec of the bundle to the first answer',
      measured: `${took.toFixed(0)} ms`,
      baseline: `${baseline.toFixed(0)} ms (bare Express)`,
      result: `ratio ${(took / baseline).toFixed(2)}`,
      target: 'at most 1.3',
      met: took <= 1.3 * baseline,
    },
  ]
}
