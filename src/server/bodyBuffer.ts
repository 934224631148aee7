/** The bytes of one body in one piece of memory. */
export interface BodyBuffer {
  /** Bytes of memory it takes, which may be more than it holds. */
  readonly capacity: number
  /** Bytes it holds. */
  readonly size: number
  /** What `capacity` would be with `more` bytes in it. */
  capacityWith(more: number): number
  append(chunk: Buffer): void
  /**
   * What it holds, once: it is empty afterwards. Whatever still refers to a request would else keep what was read from the
   * socket alive, and the garbage collector be called for it ten times as often.
   */
  take(): string
  /** Empties it, of what nobody wants any more. */
  discard(): void
}

const smallest = 16 * 1024

const empty: Buffer = Buffer.alloc(0)

/** From this size on a body gets all that it announces: to grow by doubling leaves as much garbage again. */
const taken = 256 * 1024

/**
 * A chunk kept as it came holds on to all that was read from the socket with it: a body of one-byte chunks would take
 * several hundred times its size. So chunks are copied, except one that is the whole body.
 * @param announced the Content-Length; undefined where the client does not tell
 */
export function createBodyBuffer(announced: number | undefined): BodyBuffer {
  let buffer = empty
  let size = 0
  /** Its memory, where that is nobody else's. */
  let own: ArrayBuffer | undefined

  /** Grows by doubling: what is announced is not taken before a good part of it has come. */
  function capacityWith(more: number): number {
    const needed = size + more
    if (needed <= buffer.length) return buffer.length
    if (needed > taken && announced !== undefined) return Math.max(needed, announced)
    return Math.max(needed, Math.min(Math.max(smallest, 2 * buffer.length), announced ?? Infinity))
  }

  /** Gives memory of its own back at once: V8 lets 64 MiB outside its heap pile up before it collects them. */
  function discard(): void {
    own?.transfer(0)
    own = undefined
    buffer = empty
    size = 0
  }

  return {
    get capacity() {
      return buffer.length
    },
    get size() {
      return size
    },
    capacityWith,
    append(chunk) {
      if (size === 0 && chunk.length === announced) buffer = chunk
      else {
        const capacity = capacityWith(chunk.length)
        if (capacity > buffer.length) {
          const larger = Buffer.allocUnsafeSlow(capacity)
          buffer.copy(larger, 0, 0, size)
          own?.transfer(0)
          own = larger.buffer
          buffer = larger
        }
        chunk.copy(buffer, size)
      }
      size += chunk.length
    },
    take() {
      const text = buffer.toString('utf8', 0, size)
      discard()
      return text
    },
    discard,
  }
}
