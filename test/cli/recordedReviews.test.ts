import { expect } from 'chai'
import jsonPatch from 'fast-json-patch'
import { parse, stringify } from 'yaml'
import { licenseId } from '../../testbed/scene.ts'
import { imagesOf } from '../../src/pod/images.ts'
import { tryParseReference } from '../../src/reference/reference.ts'
import { answered } from '../support/admission.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { recordedReviews } from '../support/reviews.ts'
import { cli } from './runner.ts'

/** What was decided for one image. */
interface Told {
  readonly name: string
  readonly decision: string
  readonly reason: string
  readonly location?: string | undefined
}

/** Each registry that the recorded reviews name. */
function domains(): string[] {
  const references = recordedReviews.flatMap(({ object }) =>
    imagesOf(object).map(({ image }) => tryParseReference(image)),
  )
  return [...new Set(references.flatMap((reference) => ('fault' in reference ? [] : [reference.domain.toLowerCase()])))]
}

describe('explain and the admission of a recorded review', () => {
  let scene: AppScene
  let app: TestApp
  let config: string
  before(async () => {
    scene = await startAppScene()
    const [registry] = scene.registries.registries
    const known = scene.registries.endpoints
    const elsewhere = domains().filter(
      (domain) => !(domain in known) && domain.includes('.') && !domain.includes('replicated.com'),
    )
    const endpoints = Object.fromEntries(elsewhere.map((domain) => [domain, registry?.registry.url]))
    const settings = { license: { id: licenseId }, check: { endpoints } }
    app = await scene.start(settings)
    config = stringify(scene.configuration(settings))
  })
  after(() => scene.close())

  for (const { name, body, object } of recordedReviews) {
    it(`agree on ${name}: the images' decisions, and the Pod as it is admitted`, async () => {
      const files = { 'config.yaml': config, 'review.json': body }
      const explain = (output: string) =>
        cli(['explain', '--config', 'config.yaml', '-f', 'review.json', '-o', output], { files })
      const { patch } = answered(await app.send(body))
      const admitted = app.logged(({ msg }) => msg === 'admission').at(-1)
      const json = await explain('json')
      const told = (JSON.parse(json.stdout) as { images: (Omit<Told, 'name'> & { container: string })[] }).images

      const logged = (admitted?.images ?? []).map(({ name, decision, reason, location }) => ({
        name,
        decision,
        reason,
        location,
      }))
      const explained = told.map(({ container, decision, reason, location }) => ({
        name: container,
        decision,
        reason,
        location,
      }))
      // Images of a Pod that is left alone as a whole are told to whoever asks, and are none of the admission's.
      if (admitted?.result === 'skipped')
        expect(explained.filter(({ reason }) => reason !== 'opted-out')).to.deep.equal([])
      else expect(explained).to.deep.equal(logged)

      const { stdout } = await explain('yaml')
      const expected = object === null ? {} : jsonPatch.applyPatch(structuredClone(object), patch).newDocument
      expect(parse(stdout)).to.deep.equal(expected)
    })
  }
})
