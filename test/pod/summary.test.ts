import { expect } from 'chai'
import { carriesPullSecret, summarizePod } from '../../src/pod/summary.ts'

const secret = 'my-app-registry'

describe('the summary of a Pod', () => {
  it('says that a mirror Pod of the kubelet is left alone', () => {
    const metadata = { annotations: { 'kubernetes.io/config.mirror': 'a hash' } }
    expect(summarizePod({ metadata }).isLeftAlone).to.equal(true)
  })

  it('says that a Pod with the label to be ignored is left alone, and that one with another value of it is not', () => {
    const labelled = (value: unknown) => summarizePod({ metadata: { labels: { 'image-proxy-webhook/ignore': value } } })
    expect([labelled('true').isLeftAlone, labelled('false').isLeftAlone, labelled(true).isLeftAlone]).to.deep.equal([
      true,
      false,
      false,
    ])
  })

  it('reads the names of ignored containers with spaces around their commas', () => {
    const metadata = { annotations: { 'image-proxy-webhook/ignore-containers': 'api , volume/models' } }
    expect([...summarizePod({ metadata }).ignoredContainers]).to.deep.equal(['api', 'volume/models'])
  })

  it('knows no ignored container where their names are longer than Kubernetes lets annotations be', () => {
    const ignored = (length: number) => {
      const metadata = { annotations: { 'image-proxy-webhook/ignore-containers': 'a'.repeat(length) } }
      return summarizePod({ metadata }).ignoredContainers.size
    }
    expect([ignored(256 * 1024), ignored(256 * 1024 + 1)]).to.deep.equal([1, 0])
  })

  it('finds a pull secret by its name wherever it stands', () => {
    const imagePullSecrets = [{ name: 'theirs' }, null, { name: secret }]
    expect(carriesPullSecret(summarizePod({ spec: { imagePullSecrets } }), secret)).to.equal(true)
  })

  for (const imagePullSecrets of [undefined, null, 'my-app-registry', [], [{ name: 'theirs' }], ['my-app-registry']]) {
    it(`finds no pull secret in ${imagePullSecrets === undefined ? 'nothing' : JSON.stringify(imagePullSecrets)}`, () => {
      expect(carriesPullSecret(summarizePod({ spec: { imagePullSecrets } }), secret)).to.equal(false)
    })
  }

  it('counts the annotations of others in bytes, not in characters', () => {
    const annotations = { 'image-proxy-webhook/original-images': '{"api":"quay.io/a/b"}', ä: 'ö€' }
    expect(summarizePod({ metadata: { annotations } }).annotations?.otherBytes).to.equal(2 + 2 + 3)
  })

  it('keeps no record of original images that is longer than Kubernetes lets annotations be', () => {
    const annotations = { 'image-proxy-webhook/original-images': `{"api":"${'x'.repeat(256 * 1024)}"}` }
    expect(summarizePod({ metadata: { annotations } }).annotations?.original).to.equal(null)
  })

  it('holds nothing but names of a Pod’s environment, commands and other specification', () => {
    const env = [{ name: 'LARGE', value: 'x'.repeat(100_000) }]
    const spec = { containers: [{ name: 'api', image: 'quay.io/a/b', env, command: ['x'.repeat(100_000)] }] }
    const metadata = { annotations: { theirs: 'x'.repeat(100_000) } }
    expect(JSON.stringify(summarizePod({ metadata, spec })).length).to.be.below(1000)
  })
})
