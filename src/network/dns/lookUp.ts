import { setTimeout as pause } from 'node:timers/promises'
import { askNameServer, retransmission, type Question } from './askNameServer.ts'
import { questionFor, type Answer, type Family } from './message.ts'
import type { NameServers } from './nameServers.ts'

/** Of a look-up. `silence`: it was ended before a name server had answered. */
export type Finding = Answer | { readonly kind: 'silence' }

export interface LookUp {
  /** To look up one after the other, until one has an address. */
  readonly names: readonly string[]
  /** Which kinds of address are asked for. Those of the first come first. */
  readonly families: readonly Family[]
  readonly nameServers: NameServers
  /** Ends it. */
  readonly signal: AbortSignal
}

/** In milliseconds, as RFC 8305 section 3 has it: how long addresses of one family wait for those of the other. */
const resolutionDelay = 50
/** A name is looked up in the next domain of the search list after these (glibc's `res_search`). */
const continuing = new Set<Finding['kind']>(['none', 'failed'])

/** The addresses of the first name that has some, or what was said of the last one that was asked for. */
export async function lookUp({ names, families, nameServers, signal }: LookUp): Promise<Finding> {
  const scope = new AbortController()
  const ended = AbortSignal.any([signal, scope.signal])
  try {
    let finding: Finding = { kind: 'none' }
    for (const name of names) {
      finding = await ofBothFamilies(families, (family) => ask(name, family, nameServers, ended))
      if (!continuing.has(finding.kind)) break
    }
    return finding
  } finally {
    // A family that was not waited for is not asked for any longer.
    scope.abort()
  }
}

/** The addresses of every family that has some, as long as the others do not take much longer. */
async function ofBothFamilies(
  families: readonly Family[],
  askFor: (family: Family) => Promise<Finding>,
): Promise<Finding> {
  const told = new Map<Family, Finding>()
  const { promise: found, resolve: find } = Promise.withResolvers<undefined>()
  const all = Promise.all(
    families.map(async (family) => {
      const finding = await askFor(family)
      told.set(family, finding)
      if (finding.kind === 'addresses') find(undefined)
    }),
  )
  await Promise.race([all, found.then(() => pause(resolutionDelay))])
  const findings = families.flatMap((family) => told.get(family) ?? [])
  const addresses = findings.flatMap((finding) => (finding.kind === 'addresses' ? finding.addresses : []))
  if (addresses.length > 0) return { kind: 'addresses', addresses }
  // Silence is told rather than "no address": the missing answer might have had one.
  return findings.find(({ kind }) => !continuing.has(kind)) ?? findings[0] ?? { kind: 'none' }
}

/**
 * Asks the name servers one after the other: the next one where one has failed or refused, and also when it has not answered
 * for a while, without giving up on it. The first that knows is believed. When all have failed, what the last one said.
 */
async function ask(name: string, family: Family, nameServers: NameServers, signal: AbortSignal): Promise<Finding> {
  const message = questionFor(name, family)
  if (message === undefined) return { kind: 'none' }
  const question: Question = { family, message }
  const scope = new AbortController()
  const options = { signal: AbortSignal.any([signal, scope.signal]), overTcp: nameServers.overTcp }
  const { promise, resolve } = Promise.withResolvers<Finding>()
  const { servers } = nameServers
  let next = 0
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  const askNext = () => {
    clearTimeout(timer)
    const server = servers[next++]
    if (server === undefined) return
    timer = setTimeout(askNext, retransmission)
    void askNameServer(server, question, options)
      .catch((): Finding => ({ kind: signal.aborted ? 'silence' : 'refused' }))
      .then((answer) => {
        if (answer.kind === 'addresses' || answer.kind === 'none' || answer.kind === 'silence') resolve(answer)
        else if (++failures === servers.length) resolve(answer)
        else askNext()
      })
  }
  askNext()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    scope.abort()
  }
}
