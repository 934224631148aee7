import { expect } from 'chai'
import { playing } from '../support/registry.ts'
import { useScene } from '../support/registryScene.ts'
import { clouds } from './answers/clouds.ts'
import { ownServers } from './answers/ownServers.ts'
import { publicHosts } from './answers/publicHosts.ts'

const rows = [...publicHosts, ...clouds, ...ownServers]

describe('the anonymous check of a registry as it answers in the wild', () => {
  const scene = useScene()

  for (const { registry, image, when, part, other, access, requests } of rows) {
    it(`finds an image of ${registry} ${access} when ${when}`, async () => {
      scene.registry.play(playing(part(scene.registry.url, scene.other.url)))
      scene.other.play(playing(other?.(scene.other.url) ?? {}))
      const domain = image.includes('.') && image.includes('/') ? (image.split('/', 1)[0] ?? '') : 'docker.io'
      const lookup = await scene.lookup([domain])

      const verdict = await lookup.ask(image)

      expect([verdict.access, scene.transcript]).to.deep.equal([access, requests])
    })
  }
})
