/** Bytes that TLS may take for itself on a connection, and those that it may take besides for each that it carries. */
const handshake = 64 * 1024
const part = 1 / 4

/**
 * Whether TLS has read far more than it carries. A record takes 22 bytes beside its content, and so does a KeyUpdate, which
 * carries nothing, may be sent without end, and is as much work as a kilobyte (RFC 8446 section 4.6.3).
 * @param received bytes beneath TLS
 * @param carried bytes that came out of it
 */
export function isMostlyOverhead(received: number, carried: number): boolean {
  return received - carried > handshake + part * carried
}
