import { expect } from 'chai'
import { hasOwnMarks, isOurs, ownMarks } from '../../src/cluster/ownership.ts'

const owner = { name: 'webhook', uid: 'uid-1' }
const label = { 'app.kubernetes.io/managed-by': 'image-proxy-webhook' }
const ownerReferences = [{ kind: 'MutatingWebhookConfiguration', name: 'webhook', uid: 'uid-1' }]
const managedFields = [{ manager: 'kubectl-edit' }, { manager: 'image-proxy-webhook' }]

describe('An object at the API server', () => {
  const cases: readonly (readonly [string, object, boolean])[] = [
    ['our label', { labels: label }, true],
    ['our owner', { ownerReferences }, true],
    ['our owner of an earlier installation', { ownerReferences: [{ ...ownerReferences[0], uid: 'uid-0' }] }, true],
    ['our field manager', { managedFields }, true],
    [
      'nothing of ours',
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, managedFields: [{ manager: 'helm' }] },
      false,
    ],
    ['no metadata to speak of', {}, false],
    [
      'everything of ours, and another release’s owner',
      { labels: label, managedFields, ownerReferences: [{ ...ownerReferences[0], name: 'other' }] },
      false,
    ],
    [
      'our label, and an owner of another kind',
      { labels: label, ownerReferences: [{ kind: 'Deployment', name: 'x' }] },
      true,
    ],
  ]
  for (const [what, metadata, expected] of cases) {
    it(`is ${expected ? 'ours' : 'not ours'} with ${what}`, () => {
      expect(isOurs({ metadata }, 'webhook')).to.equal(expected)
    })
  }

  it('is as we made it with our label and our owner, and not with one of them', () => {
    const metadata = ownMarks(owner)
    expect(hasOwnMarks({ metadata }, owner)).to.be.true
    expect(hasOwnMarks({ metadata: { ...metadata, labels: {} } }, owner)).to.be.false
    expect(hasOwnMarks({ metadata: { ...metadata, ownerReferences: [] } }, owner)).to.be.false
    expect(hasOwnMarks({ metadata }, { ...owner, uid: 'uid-2' })).to.be.false
  })
})
