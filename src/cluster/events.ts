import { LRUCache } from 'lru-cache'
import { hasStatus } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import { faultOf } from '../kubernetes/faultOf.ts'
import { microTime } from '../kubernetes/microTime.ts'
import { manager } from './ownership.ts'

/** Something that the people of a namespace should know, and `kubectl get events` shows. It must hold no secret. */
export interface Warning {
  readonly namespace: string
  /** What it is about: a Secret of this name. */
  readonly secret: string
  /** A word in CamelCase. */
  readonly reason: string
  readonly note: string
}

export interface EventRecorder {
  /** Never rejects, and says the same thing about the same object once an hour at the most. */
  warn(warning: Warning): void
}

export interface EventRecorderOptions {
  readonly api: Api
  /** This replica, for instance the name of its Pod. */
  readonly identity: string
  readonly now?: () => number
  readonly onFault?: (sentence: string) => void
}

const hour = 3_600_000
/** Bounds what is remembered. */
const most = 1000

export function createEventRecorder({ api, identity, now = Date.now, onFault }: EventRecorderOptions): EventRecorder {
  const told = new LRUCache<string, number>({ max: most })

  async function send({ namespace, secret, reason, note }: Warning): Promise<void> {
    const body = {
      // A name that replicas agree on: the second one is told that the Event exists, which is as good.
      metadata: { name: `${secret}.${reason.toLowerCase()}`, namespace },
      type: 'Warning',
      reason,
      note,
      action: 'Provision',
      regarding: { apiVersion: 'v1', kind: 'Secret', namespace, name: secret },
      eventTime: microTime(),
      reportingController: manager,
      reportingInstance: identity,
    }
    try {
      await api.events.createNamespacedEvent({ namespace, body }, api.with({ retry: false }))
    } catch (error) {
      if (!hasStatus(error, 404, 409)) onFault?.(`an Event in ${namespace} could not be written: ${faultOf(error)}`)
    }
  }

  return {
    warn: (warning) => {
      const key = `${warning.namespace}/${warning.secret}/${warning.reason}`
      if (now() - (told.get(key) ?? -Infinity) < hour) return
      told.set(key, now())
      void send(warning)
    },
  }
}
