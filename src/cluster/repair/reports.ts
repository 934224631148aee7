import type { RepairOutcome } from './outcome.ts'
import type { PendingPod, PendingPods } from './pendingPods.ts'

/**
 * Milliseconds that a Pod waits before an Event reports it: the kubelet's next attempt may succeed, or another webhook
 * mend it.
 */
const quiet = 10_000
const hour = 3_600_000

/**
 * Passes on what was done about a Pod. Why nothing was done is told once an hour, and not before the Pod has waited for a
 * while.
 *
 * @param now milliseconds, which must not go back
 */
export function createReports(
  pods: Pick<PendingPods, 'get'>,
  passOn: (outcome: RepairOutcome) => void,
  now: () => number,
): (outcome: RepairOutcome) => void {
  function isDue(pod: PendingPod | undefined, note: string): pod is PendingPod {
    if (pod === undefined || now() - pod.since < quiet) return false
    return pod.reported?.note !== note || now() - pod.reported.at >= hour
  }

  return (outcome) => {
    const { result, note } = outcome
    const pod = pods.get(outcome.pod.uid)
    if (result === 'reported' || result === 'failed') {
      if (!isDue(pod, note)) return
      pod.reported = { note, at: now() }
    }
    if (result === 'patched' && pod !== undefined) pod.patches++
    passOn(outcome)
  }
}
