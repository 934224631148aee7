import { Agent, request } from 'node:https'

/** What a plain client is asked for: `count` requests one after the other, on a connection that is open already where it is `warm`. */
export interface PlainRequests {
  readonly port: number
  readonly ca: string
  readonly count: number
  readonly warm: boolean
}

/**
 * A process that sends plain requests and answers with the milliseconds they took: a process of its own as the webhook is
 * one, for to wake a process takes as long as a good part of what is measured.
 */
process.on('message', (asked: PlainRequests) => {
  void measure(asked).then((milliseconds) => process.send?.(milliseconds))
})

async function measure({ port, ca, count, warm }: PlainRequests): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const once = () =>
    new Promise<void>((resolve, reject) => {
      request({ host: 'localhost', port, path: '/token', method: 'GET', agent }, (response) => {
        response.resume().on('end', resolve)
      })
        .on('error', reject)
        .end()
    })
  if (warm) await once()
  const started = performance.now()
  for (let index = 0; index < count; index++) await once()
  agent.destroy()
  return performance.now() - started
}
