import { expect } from 'chai'
import {
  bearer,
  challenge,
  failure,
  html,
  json,
  manifest,
  playing,
  status,
  type Script,
} from '../../support/registry.ts'
import { useScene } from '../../support/registryScene.ts'

const granted = json(200, { token: 'anonymous-token', expires_in: 300 })
const requirement = challenge(bearer('/token', { service: 's' }))

describe('a check at a host that required a token before', () => {
  const scene = useScene()

  /** Asks for an image of the host, which then plays `script`, and for one of another repository. */
  async function askSecond(script: Script) {
    scene.registry.play(playing({ head: requirement, token: granted, headWithToken: manifest }))
    const lookup = await scene.lookup(['ghcr.io'])
    await lookup.ask('ghcr.io/team/first:1')
    const { connections } = scene.registry
    const requestsBefore = scene.transcript.length
    scene.registry.play(script)
    const { access } = await lookup.ask('ghcr.io/team/second:1')
    const requests = scene.transcript.slice(requestsBefore)
    return { access, requests, newConnections: scene.registry.connections - connections }
  }

  it('takes one request for a token and one HEAD, on the same connection', async () => {
    const second = await askSecond(playing({ token: granted, headWithToken: manifest }))

    expect(second).to.deep.equal({
      access: 'public',
      requests: ['GET token', 'HEAD manifest with token'],
      newConnections: 0,
    })
  })

  it('asks for a token for its own repository', async () => {
    await askSecond(playing({ token: granted, headWithToken: manifest }))

    const [{ query } = { query: undefined }] = scene.registry.requests
    expect([query?.get('service'), query?.getAll('scope')]).to.deep.equal(['s', ['repository:team/second:pull']])
  })

  it('concludes from the same requirement in spite of that token that the image is private', async () => {
    const second = await askSecond(playing({ token: granted, headWithToken: requirement }))

    expect(second).to.deep.include({ access: 'private', requests: ['GET token', 'HEAD manifest with token'] })
  })

  it('asks without a token where none is given, before anything is concluded', async () => {
    const second = await askSecond(playing({ token: failure(403, 'DENIED'), head: manifest }))

    expect(second).to.deep.include({ access: 'public', requests: ['GET token', 'HEAD manifest'] })
  })

  it('asks no second time for a token that was denied', async () => {
    const second = await askSecond(playing({ token: failure(403, 'DENIED'), head: requirement }))

    expect(second).to.deep.include({ access: 'private', requests: ['GET token', 'HEAD manifest'] })
  })

  it('asks without a token where the token meets another kind of registry behind the same name', async () => {
    const basic = challenge('Basic realm="r"')
    const second = await askSecond(playing({ token: granted, headWithToken: basic, head: manifest }))

    expect(second).to.deep.include({
      access: 'public',
      requests: ['GET token', 'HEAD manifest with token', 'HEAD manifest'],
    })
  })

  it('shows a refused token no second time, also where the host says Basic to it', async () => {
    const basic = challenge('Basic realm="harbor"')
    const second = await askSecond(playing({ token: granted, headWithToken: basic, head: requirement }))

    expect(second).to.deep.include({
      access: 'private',
      requests: ['GET token', 'HEAD manifest with token', 'HEAD manifest'],
    })
  })

  it('still begins with a token where the host says Basic to tokens that it refuses, as Harbor does', async () => {
    const basic = challenge('Basic realm="harbor"')
    scene.registry.play(playing({ head: requirement, token: granted, headWithToken: basic }))
    const lookup = await scene.lookup(['ghcr.io'])
    await lookup.ask('ghcr.io/team/first:1')
    const before = scene.transcript.length
    await lookup.ask('ghcr.io/team/second:1')

    expect(scene.transcript.slice(before)[0]).to.equal('GET token')
  })

  it('goes the full way where the host has moved its realm', async () => {
    const second = await askSecond(({ path, authorization }) => {
      if (path === '/token') return html(404)
      if (path === '/new') return json(200, { token: 'new' })
      return authorization === 'Bearer new' ? manifest : challenge(bearer('/new'))
    })

    expect(second).to.deep.include({
      access: 'public',
      requests: ['GET token', 'HEAD manifest', 'GET new', 'HEAD manifest with token'],
    })
  })

  it('goes the full way where the token endpoint fails', async () => {
    const second = await askSecond(playing({ token: status(500), head: manifest }))

    expect(second).to.deep.include({ access: 'public', requests: ['GET token', 'HEAD manifest'] })
  })
})
