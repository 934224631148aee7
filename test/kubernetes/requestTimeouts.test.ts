import { expect } from 'chai'
import type { Dispatcher } from 'undici'
import { createApi } from '../../src/kubernetes/api.ts'
import { fromKubeconfig, type PooledKubeConfig } from '../../src/kubernetes/kubeConfig.ts'
import { reply, startStandIn, type StandIn } from '../support/apiServer.ts'

describe('A request to the API server', () => {
  let standIn: StandIn

  beforeEach(async () => {
    standIn = await startStandIn((_request, response) => {
      reply(response, 200, {})
    })
  })
  afterEach(() => standIn.close())

  /** A kubeconfig of which it is recorded how its requests are dispatched. */
  function recording(dispatched: Dispatcher.DispatchOptions[]): PooledKubeConfig {
    const config = fromKubeconfig(standIn.kubeconfig)
    const authenticate = config.applySecurityAuthentication.bind(config)
    config.applySecurityAuthentication = async (context) => {
      await authenticate(context)
      const dispatcher = context.getDispatcher()?.compose((dispatch) => (options, handler) => {
        dispatched.push(options)
        return dispatch(options, handler)
      })
      if (dispatcher !== undefined) context.setDispatcher(dispatcher)
    }
    return config
  }

  it('is given up after 15 s without an answer, and after 15 s without more of it', async () => {
    const dispatched: Dispatcher.DispatchOptions[] = []
    const api = createApi(recording(dispatched), { requestsPerSecond: 100 })
    await api.core.readNamespace({ name: 'home' })
    api.close()
    expect(dispatched.map(({ headersTimeout, bodyTimeout }) => [headersTimeout, bodyTimeout])).to.deep.equal([
      [15_000, 15_000],
    ])
  })
})
