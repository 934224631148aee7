import type { V1Lease, V1ObjectMeta } from '@kubernetes/client-node'
import { hasStatus } from './apiError.ts'
import type { Api } from './api.ts'
import { systemClock, type Clock } from './clock.ts'
import { createFaultReporter } from './conditionReporter.ts'
import { faultOf } from './faultOf.ts'
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
  /**
   * Called when a term of leadership ends and when one begins. Where an expired Lease is renewed before another replica
   * takes it, both follow, although nobody else led in between.
   */
  readonly onChange?: (leading: boolean) => void
  readonly onFault?: (sentence: string | undefined) => void
  /** Milliseconds after its last renewal for which a holder keeps the Lease. */
  readonly duration?: number
  readonly clock?: Clock
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
  const { identity, candidate = () => true, onChange, onFault, duration = 15_000, clock = systemClock } = options
  const lease = openLease(options, duration)
  /** When this replica's term ends, by its own clock: a little before another replica may take the Lease. */
  let until = -Infinity
  let told = false
  let cancel = (): void => undefined
  let round: Promise<void> = Promise.resolve()
  let stopped = false
  const subject = `the Lease ${options.namespace}/${options.name}`
  const report = createFaultReporter((sentence) => onFault?.(sentence && `${subject}: ${sentence}`))

  const leading = (): boolean => clock.now() < until

  function tell(): void {
    if (leading() === told) return
    told = !told
    onChange?.(told)
  }

  async function run(): Promise<void> {
    try {
      if (candidate()) await stand()
      report(undefined)
    } catch (error) {
      lease.forget()
      // Another replica was faster (409), or the Lease is gone (404): the next round reads it anew. Anything else is told.
      if (!hasStatus(error, 404, 409)) report(faultOf(error))
    }
    if (!stopped) cancel = clock.after(duration / 3, next)
    tell()
  }

  async function stand(): Promise<void> {
    if (!lease.isKnown() || !leading()) await lease.look()
    const asked = clock.now()
    if (!(await lease.take(identity))) return
    // The Lease may have expired in between: listeners must hear that the last term is over before a new one begins.
    tell()
    until = asked + duration * 0.8
  }

  function next(): void {
    round = run()
  }

  next()
  return {
    leading,
    async stop() {
      stopped = true
      cancel()
      await round
      const resigns = leading() && candidate()
      until = -Infinity
      // Nobody waits for a Lease that could not be handed back: it runs out.
      if (resigns) await lease.release(identity).catch(() => undefined)
    },
  }
}

interface Lease {
  isKnown(): boolean
  look(): Promise<void>
  /** Takes it, or renews it. @returns false where somebody else holds it */
  take(identity: string): Promise<boolean>
  release(identity: string): Promise<void>
  /** What was known of it may be outdated. */
  forget(): void
}

function openLease({ api, namespace, name, marks, clock = systemClock }: LeaderOptions, duration: number): Lease {
  const once = api.with({ urgent: true, retry: false })
  let known: V1Lease | undefined
  let version: string | undefined
  /** When it was last seen to change. */
  let changed = clock.now()

  async function write(holderIdentity: string, identity: string): Promise<void> {
    const now = microTime()
    const acquireTime = known?.spec?.holderIdentity === identity ? known.spec.acquireTime : undefined
    const leaseDurationSeconds = Math.ceil(duration / 1000)
    const spec = { holderIdentity, leaseDurationSeconds, acquireTime: acquireTime ?? now, renewTime: now }
    const { resourceVersion } = known?.metadata ?? {}
    const metadata = { ...marks?.(), name, namespace, ...(resourceVersion !== undefined && { resourceVersion }) }
    const body = { metadata, spec }
    known =
      known === undefined
        ? await api.coordination.createNamespacedLease({ namespace, body }, once)
        : await api.coordination.replaceNamespacedLease({ name, namespace, body }, once)
    version = known.metadata?.resourceVersion
  }

  return {
    isKnown: () => known !== undefined,
    async look() {
      known = await api.coordination.readNamespacedLease({ name, namespace }, once).catch((error: unknown) => {
        if (hasStatus(error, 404)) return undefined
        throw error
      })
      const seen = known?.metadata?.resourceVersion
      if (seen !== version) changed = clock.now()
      version = seen
    },
    async take(identity) {
      const holder = known?.spec?.holderIdentity ?? ''
      if (holder !== '' && holder !== identity && clock.now() - changed < duration) return false
      await write(identity, identity)
      return true
    },
    release: (identity) => write('', identity),
    forget: () => {
      known = undefined
    },
  }
}
