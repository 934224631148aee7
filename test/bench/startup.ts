import { start } from './child.ts'
import { podReview } from '../support/podReviews.ts'
import { median, post } from './load.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

const samples = 11

/** Milliseconds from the start of the process to its first answer. */
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
  const bareArguments = await scene.bareArguments('{}')
  const ours: number[] = []
  const theirs: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    ours.push(await firstAnswer(webhookArguments))
    theirs.push(await firstAnswer(bareArguments))
  }
  const took = median(ours)
  return [
    {
      what: 'from exec of the bundle to the first answer',
      measured: `${took.toFixed(0)} ms`,
      baseline: `${median(theirs).toFixed(0)} ms`,
      result: `ratio ${(took / median(theirs)).toFixed(2)}`,
      target: 'under 300 ms',
      met: took < 300,
    },
  ]
}
