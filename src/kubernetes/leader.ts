import type { V1Lease, V1ObjectMeta } from '@kubernetes/client-node'
import { ApiError, hasStatus } from './apiError.ts'
import type { Api } from './api.ts'
import { createConditionReporter } from './conditionReporter.ts'
import { microTime } from './microTime.ts'

export interface LeaderOptions {
  readonly api: Api
  readonly namespace: string
  /** The name of the Lease. */
  readonly name: string
  /** This replica, for instance the name of its Pod. */
  readonly identity: string
  /** What the Lease is labelled with, and who owns it. */
  readonly marks?: () => Pick<V1ObjectMeta, 'labels' | 'ownerReferences'>
  /** While it is false this replica neither takes the Lease nor renews it. Default: true. */
  readonly candidate?: () => boolean
  readonly onChange?: (leading: boolean) => void
  readonly onFault?: (sentence: string | undefined) => void
  /** Milliseconds for which a leader that says nothing stays leader. */
  readonly duration?: number
}

/** Whether this replica does what one replica is enough for. Two that do it at once for a moment do no harm. */
export interface Leader {
  leading(): boolean
  /** Resigns, so that another one need not wait. */
  stop(): Promise<void>
}

/**
 * Runs for leader by a Lease, as client-go's leader election does: a holder renews it; who has seen it unchanged for its
 * whole duration, by the own clock, may take it. https://kubernetes.io/docs/concepts/architecture/leases/
 */
export function campaign(options: LeaderOptions): Leader {
  const { api, namespace, name, identity, marks, onChange, onFault, duration = 15_000 } = options
  const { candidate = () => true } = options
  const once = api.with({ urgent: true, retry: false })
  let lease: V1Lease | undefined
  /** When the Lease was last seen to change. */
  let changed = performance.now()
  let until = -Infinity
  let told = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  let stopped = false
  const subject = `the Lease ${namespace}/${name}`
  const faults = createConditionReporter((_subject, sentence) => onFault?.(sentence && `${subject}: ${sentence}`))

  const leading = (): boolean => performance.now() < until

  function report(): void {
    if (leading() === told) return
    told = !told
    onChange?.(told)
  }

  async function run(): Promise<void> {
    try {
      if (candidate()) await stand()
      faults.set(subject, undefined)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // Lost a race, or the Lease itself: the next look tells. Anything else is worth a word.
      lease = undefined
      if (!hasStatus(error, 404, 409)) faults.set(subject, error.message)
    }
    report()
    if (!stopped) timer = setTimeout(next, duration / 3).unref()
  }

  async function stand(): Promise<void> {
    if (lease === undefined || !leading()) await look()
    const holder = lease?.spec?.holderIdentity ?? ''
    if (holder !== '' && holder !== identity && performance.now() - changed < duration) return
    const asked = performance.now()
    lease = await write(identity)
    until = asked + duration * 0.8
  }

  async function look(): Promise<void> {
    const seen = await api.coordination.readNamespacedLease({ name, namespace }, once).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined
      throw error
    })
    if (lease === undefined || seen?.metadata?.resourceVersion !== lease.metadata?.resourceVersion)
      changed = performance.now()
    lease = seen
  }

  function write(holderIdentity: string): Promise<V1Lease> {
    const now = microTime()
    const acquireTime = lease?.spec?.holderIdentity === identity ? lease.spec.acquireTime : undefined
    const spec = {
      holderIdentity,
      leaseDurationSeconds: Math.ceil(duration / 1000),
      acquireTime: acquireTime ?? now,
      renewTime: now,
    }
    const metadata = { ...marks?.(), name, namespace }
    if (lease === undefined)
      return api.coordination.createNamespacedLease({ namespace, body: { metadata, spec } }, once)
    const { resourceVersion } = lease.metadata ?? {}
    const body = { metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) }, spec }
    return api.coordination.replaceNamespacedLease({ name, namespace, body }, once)
  }

  function next(): void {
    round = run()
  }

  next()
  return {
    leading,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await round
      clearTimeout(timer)
      const resigns = leading() && candidate()
      until = -Infinity
      // Nobody waits for a Lease that could not be handed back: it runs out.
      if (resigns) await write('').catch(() => undefined)
    },
  }
}
