/** What a node may be. */
export type Architecture = 'amd64' | 'arm64'

/** How an architecture's machine code makes a system call. */
interface Machine {
  /** `e_machine` of an ELF header. */
  readonly id: number
  readonly write: number
  readonly blockSignals: number
  readonly awaitSignal: number
  readonly exit: number
  /** The instructions that put `number` and `args` into their registers, and enter the kernel. */
  call(number: number, args: readonly number[]): Buffer
}

const machines: Readonly<Record<Architecture, Machine>> = {
  // Numbers: arch/x86/entry/syscalls/syscall_64.tbl; registers: eax; edi, esi, edx, r10d.
  amd64: {
    id: 62,
    write: 1,
    blockSignals: 14,
    awaitSignal: 128,
    exit: 60,
    call: (number, args) =>
      Buffer.concat([
        ...[number, ...args].map((value, index) =>
          Buffer.concat([Buffer.from([[0xb8], [0xbf], [0xbe], [0xba], [0x41, 0xba]][index] ?? []), word(value)]),
        ),
        Buffer.from([0x0f, 0x05]),
      ]),
  },
  // Numbers: include/uapi/asm-generic/unistd.h; registers: x8; x0, x1, x2, x3. A register takes 16 bits at a time.
  arm64: {
    id: 183,
    write: 64,
    blockSignals: 135,
    awaitSignal: 137,
    exit: 93,
    call: (number, args) =>
      Buffer.concat([
        ...[number, ...args].flatMap((value, index) => {
          const register = [8, 0, 1, 2, 3][index] ?? 0
          return [
            word(0xd2800000 + (value & 0xffff) * 32 + register),
            word(0xf2a00000 + (value >>> 16) * 32 + register),
          ]
        }),
        word(0xd4000001),
      ]),
  },
}

/** Where the file is in memory, a multiple of the largest page that there is. */
const base = 0x400000
const headerSize = 64 + 56

/**
 * An executable for Linux that prints a line, sleeps until SIGTERM or SIGINT, and ends with 0: a container that runs
 * wherever a node is, without an image from anywhere. It needs nothing beside it, and is a few hundred bytes long.
 */
export function program(architecture: Architecture, line: string): Buffer {
  const { id, write, blockSignals, awaitSignal, exit, call } = machines[architecture]
  const message = Buffer.from(`${line}\n`)
  // Bit n - 1 stands for signal n: SIGINT is 2, SIGTERM 15. Blocked, they reach even the first process of a container.
  const signals = Buffer.concat([word((1 << 1) | (1 << 14)), word(0)])
  const instructions = (data: number) =>
    Buffer.concat([
      // First, since whoever reads the line may send a signal at once.
      call(blockSignals, [0, data, 0, signals.length]),
      call(write, [1, data + signals.length, message.length]),
      call(awaitSignal, [data, 0, 0, signals.length]),
      call(exit, [0]),
    ])
  const length = instructions(base).length
  const code = instructions(base + headerSize + length)
  return Buffer.concat([header(id, headerSize + length + signals.length + message.length), code, signals, message])
}

/** Of an ELF file that is one segment: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
function header(machine: number, size: number): Buffer {
  const file = Buffer.alloc(headerSize)
  // 64 bits, little endian, version 1.
  file.write('\x7fELF\x02\x01\x01', 'latin1')
  file.writeUInt16LE(2, 16) // An executable at a fixed address
  file.writeUInt16LE(machine, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BigInt(base + headerSize), 24) // Its first instruction
  file.writeBigUInt64LE(64n, 32) // Its program header
  file.writeUInt16LE(64, 52)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(1, 56)
  file.writeUInt32LE(1, 64) // A segment to load,
  file.writeUInt32LE(5, 68) // to read and to execute
  file.writeBigUInt64LE(BigInt(base), 80)
  file.writeBigUInt64LE(BigInt(base), 88)
  file.writeBigUInt64LE(BigInt(size), 96)
  file.writeBigUInt64LE(BigInt(size), 104)
  file.writeBigUInt64LE(0x10000n, 112)
  return file
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
