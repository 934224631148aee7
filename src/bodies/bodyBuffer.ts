const smallest = 16 * 1024

/** From this size on a body gets all that it announces: to grow by doubling leaves as much garbage again. */
const taken = 256 * 1024

const empty: Buffer = Buffer.alloc(0)

/**
 * The bytes of one body in one piece of memory. A chunk kept as it came holds on to all that was read from the socket
 * with it: a body of one-byte chunks would take several hundred times its size. So chunks are copied, except one that is
 * the whole body. A class, because V8 takes 2 µs to create an object literal with as many functions and getters.
 */
export class BodyBuffer {
  readonly #announced: number | undefined
  #buffer = empty
  #size = 0
  /** Its memory, where that is nobody else's. */
  #own: ArrayBuffer | undefined

  /** @param announced the Content-Length; undefined where the client does not tell */
  constructor(announced: number | undefined) {
    this.#announced = announced
  }

  /** Bytes of memory it takes, which may be more than it holds. */
  get capacity(): number {
    return this.#buffer.length
  }

  /** Bytes it holds. */
  get size(): number {
    return this.#size
  }

  /** What `capacity` would be with `more` bytes in it. It doubles: what is announced is not taken before a good part has come. */
  capacityWith(more: number): number {
    const needed = this.#size + more
    const capacity = this.#buffer.length
    if (needed <= capacity) return capacity
    if (needed > taken && this.#announced !== undefined) return Math.max(needed, this.#announced)
    return Math.max(needed, Math.min(Math.max(smallest, 2 * capacity), this.#announced ?? Infinity))
  }

  append(chunk: Buffer): void {
    if (this.#size === 0 && chunk.length === this.#announced) this.#buffer = chunk
    else {
      const capacity = this.capacityWith(chunk.length)
      if (capacity > this.#buffer.length) {
        const larger = Buffer.allocUnsafeSlow(capacity)
        this.#buffer.copy(larger, 0, 0, this.#size)
        this.#own?.transfer(0)
        this.#own = larger.buffer
        this.#buffer = larger
      }
      chunk.copy(this.#buffer, this.#size)
    }
    this.#size += chunk.length
  }

  /**
   * What it holds, once: it is empty afterwards. Whatever still refers to a request would else keep what was read from the
   * socket alive, and the garbage collector be called for it ten times as often.
   */
  take(): string {
    const text = this.#buffer.toString('utf8', 0, this.#size)
    this.discard()
    return text
  }

  /** Empties it, of what nobody wants any more. Memory of its own goes at once: V8 lets 64 MiB pile up outside its heap. */
  discard(): void {
    this.#own?.transfer(0)
    this.#own = undefined
    this.#buffer = empty
    this.#size = 0
  }
}
