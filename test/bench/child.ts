import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { imageSettings } from '../support/bundle.ts'

/** A server in a process of its own, so that its processor time and memory are its own. */
export interface Child {
  readonly port: number
  /** Processor seconds so far, of all its threads. */
  cpu(): number
  /** Resident memory in bytes. */
  resident(): number
  /** Bytes that live on its heap, garbage apart; for a child that was started with `reportHeap.ts` alone. */
  heap(): Promise<number>
  stop(): Promise<void>
}

const clockTicks = 100

/** Starts `node ARGS` in the image's environment and waits for the first line of JSON that tells a port. */
export async function start(args: readonly string[]): Promise<Child> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: imageSettings().env })
  const port = await announced(child, 'port')
  child.stdout.resume()
  const proc = (file: string) => readFileSync(`/proc/${child.pid ?? 0}/${file}`, 'utf8')
  return {
    port,
    cpu: () => {
      // Fields 14 and 15 of proc(5)'s stat; the second, the command, may hold spaces and ends with the last ")".
      const [utime = 0, stime = 0] = proc('stat')
        .replace(/^.*\) /s, '')
        .split(' ')
        .slice(11, 13)
        .map(Number)
      return (utime + stime) / clockTicks
    },
    resident: () => Number(/^VmRSS:\s+(\d+)/m.exec(proc('status'))?.[1]) * 1024,
    heap: async () => {
      child.kill('SIGUSR2')
      const heap = await announced(child, 'heap')
      child.stdout.resume()
      return heap
    },
    stop: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** The number in the first line of JSON that has one of this name. */
async function announced(child: ChildProcess & { stdout: NodeJS.ReadableStream }, name: string): Promise<number> {
  for await (const line of createInterface({ input: child.stdout })) {
    const { [name]: value } = JSON.parse(line) as Record<string, unknown>
    if (typeof value === 'number') return value
  }
  throw new Error(`a server of the benchmark ended before it told its ${name}`)
}
