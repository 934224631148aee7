import type { Admission } from '../../admission/admission.ts'
import type { FreshDecision } from './plan.ts'
import type { WaitingPod } from './waitingPod.ts'

/**
 * What would be done with a Pod if it were created at this moment, without doing it; undefined where nobody can tell, for
 * instance for want of a license.
 * @param deadline milliseconds that registries have to answer
 * @param since milliseconds since the epoch: what they said before does not count
 */
export async function decideAnew(
  admission: Pick<Admission, 'admit'>,
  { namespace, name, uid, summary }: WaitingPod,
  deadline: number,
  since: number,
): Promise<FreshDecision | undefined> {
  const creation = { uid, namespace, name, generateName: '', operation: 'CREATE', kind: 'Pod', subResource: '' }
  const admitted = await admission.admit(
    { ...creation, dryRun: true, pod: summary, oldPod: undefined },
    deadline,
    since,
  )
  return admitted.result === 'not-ready' ? undefined : admitted
}
