import { V1MicroTime } from '@kubernetes/client-node'

/** Now, as Leases and Events have it: with the six digits of a fraction that the API server insists on. */
export function microTime(): V1MicroTime {
  return new V1MicroTime()
}
