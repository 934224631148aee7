import { isIPv6 } from 'node:net'
import { TransportError } from '../../src/network/errors.ts'
import { createTransport, type Transport, type TransportOptions } from '../../src/network/transport.ts'
import type { Resolve } from '../../src/network/resolver.ts'

/** A resolver that knows every name, always at these addresses. */
export function resolvesTo(...addresses: readonly string[]): Resolve {
  return () => Promise.resolve(addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })))
}

/** A transport whose names all resolve to this machine, for the time that `use` takes. */
export async function withTransport<Result>(
  options: Partial<TransportOptions>,
  use: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = createTransport({ timeout: 5000, allowedNetworks: [], lookup: resolvesTo('127.0.0.1'), ...options })
  try {
    return await use(transport)
  } finally {
    await transport.close()
  }
}

/** The reason with which a request fails. Throws when it does not, or with anything but a `TransportError`. */
export async function failureOf(request: Promise<unknown>): Promise<TransportError> {
  try {
    await request
  } catch (error) {
    if (error instanceof TransportError) return error
    throw error
  }
  throw new Error('the request did not fail')
}

/** Waits for something that other events of this process will make true, for ten seconds at most. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ten seconds: ${condition.toString()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
