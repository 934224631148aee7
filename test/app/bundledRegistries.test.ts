import { createServer } from 'node:tls'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { startServer } from '../../testbed/httpsServer.ts'
import { createWebhookClient, startAppScene } from '../support/app.ts'
import { createBundle } from '../support/bundle.ts'
import { podReview } from '../support/podReviews.ts'

describe('a registry whose answer the HTTP client’s own assertions refuse', function () {
  this.timeout(60_000)

  it('makes its image unknown for that, and no bug, also where the program is bundled', async () => {
    await using started = new AsyncDisposableStack()
    const [scene, bundle] = await Promise.all([startAppScene(), createBundle()])
    started.defer(() => scene.close())
    started.defer(() => bundle.close())
    const certificate = await scene.registries.authority.issue({ names: ['localhost'] })
    const registry = await startServer(
      createServer(certificate, (socket) => {
        socket.on('error', () => undefined).on('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
      }),
    )
    started.defer(() => registry.close())
    const settings = scene.configuration({ check: { endpoints: { 'odd.example.com': `https://${registry.host}` } } })
    const text = stringify({ ...settings, log: { format: 'json' } })
    const program = bundle.start('serve', '--config', await scene.write('config.yaml', text))
    started.defer(async () => {
      program.kill('SIGKILL')
      await program.ended
    })
    const client = createWebhookClient((await program.listening()).port, scene.ca)
    await client.post(podReview(['odd.example.com/team/app:1']))
    client.close()
    program.kill('SIGTERM')
    expect(await program.ended).to.deep.equal({ code: 0, signal: null })
    const images = program.log().flatMap(({ images = [] }) => images)
    expect(images.map(({ anonymousReason }) => anonymousReason)).to.deep.equal(['unexpected-answer'])
    expect(program.log().filter(({ level }) => level === 'error')).to.deep.equal([])
  })
})
