import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

/** A port whose queue of connections is full: it answers no further SYN, as where a firewall drops them. */
export interface SilentListener {
  readonly port: number
  /** Takes connections from now on: one that is still tried then succeeds when the kernel repeats its SYN. */
  wake(): void
  close(): Promise<void>
}

const listening = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { createServer } = require('node:net')
  const server = createServer((socket) => socket.on('error', () => undefined))
  server.listen({ port: workerData.port, host: workerData.host, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    setTimeout(() => Atomics.wait(workerData.asleep, 0, 0), 50)
  })
`

/** Listens on an address of this machine, in a thread that sleeps and so accepts nothing. */
export async function startSilentListener(host: string, port = 0): Promise<SilentListener> {
  const asleep = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(listening, { eval: true, workerData: { host, port, asleep } })
  const bound = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
  })
  await pause(100)
  const queued: Socket[] = []
  for (let isQueued = true; isQueued;) {
    const socket = connect(bound, host).on('error', () => undefined)
    queued.push(socket)
    isQueued = await Promise.race([
      new Promise<boolean>((resolve) =>
        socket.once('connect', () => {
          resolve(true)
        }),
      ),
      pause(200, false),
    ])
  }
  const wake = () => {
    Atomics.store(asleep, 0, 1)
    Atomics.notify(asleep, 0)
  }
  return {
    port: bound,
    wake,
    async close() {
      for (const socket of queued) socket.destroy()
      wake()
      await worker.terminate()
    },
  }
}
