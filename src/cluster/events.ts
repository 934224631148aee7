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

/** What became of an object, for `kubectl get events` to show. It must hold no secret. */
export interface Occurrence {
  readonly namespace: string
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid?: string
  }
  readonly type: 'Normal' | 'Warning'
  /** A word in CamelCase. */
  readonly reason: string
  readonly note: string
  /** What the webhook was about: a verb in CamelCase. */
  readonly action: string
}

/** None of its functions rejects, and each says the same thing about the same object once an hour at the most. */
export interface EventRecorder {
  warn(warning: Warning): void
  record(occurrence: Occurrence): void
}

export interface EventRecorderOptions {
  readonly api: Api
  /** This replica, for instance the name of its Pod. */
  readonly identity: string
  readonly now?: () => number
  /** Why an Event could not be written; undefined where one was. */
  readonly onFault?: (sentence: string | undefined) => void
}

const hour = 3_600_000
/** How many Events are remembered, so that none is repeated within the hour. */
const most = 1000

/** Of an Event's note in characters: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const longestNote = 1000

/** Writes Events of `events.k8s.io/v1`, each without a second attempt: nobody waits for one. */
export function createEventRecorder({ api, identity, now = Date.now, onFault }: EventRecorderOptions): EventRecorder {
  const told = new LRUCache<string, number>({ max: most })

  async function send({ namespace, regarding, note, ...said }: Occurrence, name: string): Promise<void> {
    const body = {
      ...said,
      metadata: { name, namespace },
      note: note.slice(0, longestNote),
      regarding: { ...regarding, namespace },
      eventTime: microTime(),
      reportingController: manager,
      reportingInstance: identity,
    }
    try {
      await api.events.createNamespacedEvent({ namespace, body }, api.with({ retry: false }))
      onFault?.(undefined)
    } catch (error) {
      if (!hasStatus(error, 404, 409)) onFault?.(`an Event could not be written: ${faultOf(error)}`)
    }
  }

  /**
   * @param name the same at every replica, so that only the first creates the Event: the others get a 409, which is no
   * fault
   */
  function sendHourly(occurrence: Occurrence, name: string): void {
    const { namespace, regarding, reason, action } = occurrence
    const key = `${namespace}/${regarding.kind}/${regarding.name}/${reason}/${action}`
    if (now() - (told.get(key) ?? -Infinity) < hour) return
    told.set(key, now())
    void send(occurrence, name)
  }

  return {
    warn: ({ namespace, secret, reason, note }) => {
      const regarding = { apiVersion: 'v1', kind: 'Secret', name: secret }
      const occurrence = { namespace, regarding, type: 'Warning', reason, note, action: 'Provision' } as const
      sendHourly(occurrence, `${secret}.${reason.toLowerCase()}`)
    },
    record: (occurrence) => {
      const { reason, action, regarding } = occurrence
      const hours = Math.floor(now() / hour).toString(16)
      sendHourly(occurrence, `${regarding.name}.${regarding.kind}.${reason}.${action}.${hours}`.toLowerCase())
    },
  }
}
