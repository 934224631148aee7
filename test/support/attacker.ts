import { parentPort, workerData } from 'node:worker_threads'
import { attacks, type AttackName, type Target } from './attacks.ts'

/** What a thread is told to do, so that whoever measures is not busy with it. */
export interface Orders {
  readonly name: AttackName
  readonly kind: 'attack' | 'harmless'
  readonly target: Target
  /** Milliseconds after which it is not begun again. */
  readonly duration: number
}

const { name, kind, target, duration } = workerData as Orders
const end = performance.now() + duration
do {
  await attacks[name][kind](target)
} while (performance.now() < end)
parentPort?.postMessage('over')
