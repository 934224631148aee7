import { objectAt, textAt, type JsonObject } from '../json.ts'
import { ApiError, hasStatus } from './apiError.ts'
import type { Api, ApiRequest } from './client.ts'
import { createConditionReporter } from './conditionReporter.ts'
import { ownMetadata, pathOf, versionOf, type Owner } from './objects.ts'

export interface LeaderOptions {
  readonly api: Api
  readonly namespace: string
  /** The name of the Lease. */
  readonly name: string
  /** This replica, for instance the name of its Pod. */
  readonly identity: string
  /** Its owner; nobody campaigns any more when it has been deleted. */
  readonly configuration?: { state(): string; owner(): Owner | undefined }
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
  const { api, namespace, name, identity, configuration, onChange, onFault, duration = 15_000 } = options
  const path = pathOf('coordination.k8s.io/v1/leases', namespace, name)
  let lease: JsonObject | undefined
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
      if (configuration?.state() !== 'deleted') await stand()
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
    const holder = lease === undefined ? '' : holderOf(lease)
    if (holder !== '' && holder !== identity && performance.now() - changed < duration) return
    const asked = performance.now()
    lease = await api.request(write(identity))
    until = asked + duration * 0.8
  }

  async function look(): Promise<void> {
    const seen = await api.request({ path, urgent: true, retry: false }).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined
      throw error
    })
    if (lease === undefined || seen === undefined || versionOf(seen) !== versionOf(lease)) changed = performance.now()
    lease = seen
  }

  function write(holder: string): ApiRequest {
    const acquired =
      lease !== undefined && holderOf(lease) === identity ? textAt(objectAt(lease, 'spec'), 'acquireTime') : undefined
    const metadata = ownMetadata(name, namespace, configuration?.owner())
    const spec = {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(duration / 1000),
      acquireTime: acquired ?? microTime(),
      renewTime: microTime(),
    }
    const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
    const once = { urgent: true, retry: false }
    if (lease === undefined)
      return { ...once, method: 'POST', path: pathOf('coordination.k8s.io/v1/leases', namespace), body: object }
    return {
      ...once,
      method: 'PUT',
      path,
      body: { ...object, metadata: { ...metadata, resourceVersion: versionOf(lease) } },
    }
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
      const resigns = leading() && configuration?.state() !== 'deleted'
      until = -Infinity
      // Nobody waits for a Lease that could not be handed back: it runs out.
      if (resigns) await api.request(write('')).catch(() => undefined)
    },
  }
}

/** A `metav1.MicroTime`, which takes exactly six digits. */
export function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}

function holderOf(lease: JsonObject): string {
  return textAt(objectAt(lease, 'spec'), 'holderIdentity') ?? ''
}
