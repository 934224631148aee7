import { expect } from 'chai'
import { useAdmission } from './support/admission.ts'
import { api, pod } from './support/pods.ts'
import { streamPods, type Streamed } from './support/podStream.ts'
import { waitFor } from './support/wait.ts'
import type { WebhookProcess } from './support/webhookProcess.ts'

describe('a Pod is created', () => {
  const admission = useAdmission()

  it('with what is known at the deadline, where a registry never answers', async () => {
    const silent = 'registry.internal.example.com/tools/probe:4'
    const { stderr } = await admission.apply(pod('patient', { api: api.image, probe: silent }))
    // Had the API server given the webhook up, this Pod would have no image behind the proxy, either.
    expect((await admission.pod('patient')).images).to.deep.equal({ api: api.proxied, probe: silent })
    expect(stderr).to.include(`Warning: image "${silent}" is left alone: its registry could not be asked`)
  })

  it('as its author wrote it, while there is no webhook', async () => {
    const webhook = await admission.start()
    await admission.register(webhook)
    await admission.untilAsked(webhook)
    await webhook.terminate()
    await admission.apply(pod('unattended', { api: api.image }))
    expect((await admission.pod('unattended')).images).to.deep.equal({ api: api.image })
  })
})

describe('Pods that are created all the time', () => {
  const admission = useAdmission()

  it('never fail while the webhook restarts, and are behind the proxy afterwards', async () => {
    const first = await startAndRegister()
    const { images, failures } = await whilePodsAreCreated(async () => {
      expect(await first.terminate()).to.equal(0)
      await admission.untilAsked(await admission.start(first.port))
    })
    expect(failures).to.deep.equal([])
    expect(images.at(-1)).to.equal(api.proxied)
  })

  it('are behind the proxy without an exception while another process takes over', async () => {
    const first = await startAndRegister()
    const { images, failures } = await whilePodsAreCreated(async () => {
      const second = await admission.start()
      // As with the Pods of a Deployment: the first one is told to end before the API server hears of the second one.
      const ended = first.terminate()
      await admission.register(second)
      expect(await ended).to.equal(0)
      await admission.untilAsked(second)
    })
    expect(failures).to.deep.equal([])
    expect(new Set(images)).to.deep.equal(new Set([api.proxied]))
  })

  async function startAndRegister(): Promise<WebhookProcess> {
    const webhook = await admission.start()
    await admission.register(webhook)
    await admission.untilAsked(webhook)
    return webhook
  }

  function whilePodsAreCreated(action: () => Promise<void>): Promise<Streamed> {
    const { namespace, cluster } = admission
    return streamPods(cluster(), { namespace, image: api.image }, async (count) => {
      await waitFor('some Pods', () => count() > 20)
      await action()
    })
  }
})
