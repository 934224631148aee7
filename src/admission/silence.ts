import { callInSlices } from './slices.ts'
import type { PendingCheck, Verdict } from '../decision/verdict.ts'

/** Milliseconds after which a host that has said nothing counts as silent for the time being. */
const patience = 300

/** Tells when a registry has not answered for a while, so that the proxy can be asked at the same time. */
export interface Silence {
  /**
   * Resolves when `host` has said nothing for `patience` since one of its checks got its turn: this one, or another that
   * is watched at the same time, since those that wait behind it would wait as long. Else it never resolves.
   */
  watch(host: string, check: PendingCheck<Verdict<string>>): Promise<'silent'>
}

interface Host {
  /** How many checks of the host are watched. */
  checks: number
  isSilent: boolean
  readonly waiters: Set<() => void>
}

/** A host is forgotten with the last check of it, so the memory is bounded by the checks under way. */
export function createSilence(): Silence {
  const hosts = new Map<string, Host>()

  function hostOf(name: string): Host {
    const known = hosts.get(name)
    if (known !== undefined) return known
    const host: Host = { checks: 0, isSilent: false, waiters: new Set() }
    hosts.set(name, host)
    return host
  }

  function fallSilent(host: Host): void {
    host.isSilent = true
    callInSlices([...host.waiters])
    host.waiters.clear()
  }

  return {
    watch(name, { begun, verdict }) {
      const host = hostOf(name)
      host.checks++
      return new Promise((resolve) => {
        const tell = () => {
          resolve('silent')
        }
        let hasEnded = false
        let timer: NodeJS.Timeout | undefined
        if (host.isSilent) tell()
        else host.waiters.add(tell)
        void begun.then(() => {
          if (!hasEnded && !host.isSilent) timer = setTimeout(fallSilent, patience, host)
        })
        const end = () => {
          hasEnded = true
          clearTimeout(timer)
          host.waiters.delete(tell)
          host.checks--
          if (host.checks === 0) hosts.delete(name)
        }
        verdict.then(({ access }) => {
          if (access !== 'unknown') host.isSilent = false
          end()
        }, end)
      })
    },
  }
}
