import { expect } from 'chai'
import jsonPatch from 'fast-json-patch'
import { caBundlePatch } from '../../src/cluster/caBundle.ts'
import { splitPem } from '../../src/certificates/serving.ts'
import { createAuthority } from '../../testbed/certificates.ts'

describe('The caBundle', () => {
  let ours: string
  let older: string
  let theirs: string

  before(async () => {
    const authorities = await Promise.all(['ours', 'older', 'theirs'].map((name) => createAuthority(name)))
    ;[ours = '', older = '', theirs = ''] = authorities.map(({ certificate }) => certificate)
  })

  function configuration(...bundles: readonly (string | undefined)[]) {
    return {
      metadata: { resourceVersion: '7' },
      webhooks: bundles.map((bundle, index) => ({
        name: `webhook-${index}`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: bundle === undefined ? {} : { caBundle: Buffer.from(bundle).toString('base64') },
      })),
    }
  }

  function bundlesAfter(before: ReturnType<typeof configuration>, authorities: string, now = Date.now()): string[][] {
    const { newDocument } = jsonPatch.applyPatch(before, caBundlePatch(before, authorities, now), true, false)
    return newDocument.webhooks.map(({ clientConfig }) =>
      splitPem(Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()).map((pem) => pem.trim()),
    )
  }

  it('of each webhook gets our authorities', () => {
    expect(bundlesAfter(configuration(undefined, '', 'no PEM'), ours + older)).to.deep.equal(
      Array.from({ length: 3 }, () => [ours.trim(), older.trim()]),
    )
  })

  it('stays as it is where they are there', () => {
    expect(caBundlePatch(configuration(ours + older, theirs + older + ours), ours + older, Date.now())).to.be.empty
  })

  it('keeps what else is trusted, behind ours', () => {
    expect(bundlesAfter(configuration(theirs), ours)).to.deep.equal([[ours.trim(), theirs.trim()]])
  })

  it('drops what has ended', () => {
    expect(bundlesAfter(configuration(theirs), ours, Date.now() + 365 * 24 * 3_600_000)).to.deep.equal([[ours.trim()]])
  })

  it('holds ten authorities at the most, ours first, however many others are trusted', async () => {
    const others = await Promise.all(Array.from({ length: 11 }, (_, index) => createAuthority(`other ${index}`)))
    const [bundle] = bundlesAfter(configuration(others.map(({ certificate }) => certificate).join('')), ours)
    expect(bundle).to.deep.equal(
      [ours, ...others.slice(0, 9).map(({ certificate }) => certificate)].map((pem) => pem.trim()),
    )
  })

  it('is patched only where it is missing, and only in the version that was looked at', () => {
    expect(
      caBundlePatch(configuration(ours, undefined), ours, Date.now()).map(({ op, path }) => `${op} ${path}`),
    ).to.deep.equal(['test /metadata/resourceVersion', 'add /webhooks/1/clientConfig/caBundle'])
  })
})
