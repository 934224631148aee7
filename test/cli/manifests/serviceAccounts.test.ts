import { expect } from 'chai'
import type { Operation } from 'fast-json-patch'
import { mergeServiceAccount, serviceAccountsOf } from '../../../src/cli/manifests/serviceAccounts.ts'

const ours = { name: 'my-app-registry' }
const theirs = { name: 'theirs' }
const account = (name: string, imagePullSecrets?: readonly object[]) => ({
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'prod' },
  ...(imagePullSecrets && { imagePullSecrets }),
})
const image: Operation = { op: 'replace', path: '/spec/containers/0/image', value: 'x' }
const attach: Operation = { op: 'add', path: '/spec/imagePullSecrets', value: [ours] }

function merge(spec: object, patch: readonly Operation[], ...accounts: readonly object[]) {
  const found = { pod: { spec: { ...spec } }, namespace: 'prod' }
  return mergeServiceAccount(found, patch, serviceAccountsOf(accounts as Record<string, unknown>[]))
}

describe('The pull secrets of a ServiceAccount', () => {
  it('come before ours in a Pod that names none', () => {
    const { patch } = merge({ serviceAccountName: 'api' }, [image, attach], account('api', [theirs]))
    expect(patch).to.deep.equal([image, { ...attach, value: [theirs, ours] }])
  })

  it('are those of the account default where the Pod names no account', () => {
    const { patch } = merge({}, [attach], account('default', [theirs]))
    expect(patch).to.deep.equal([{ ...attach, value: [theirs, ours] }])
  })

  it('are found in a List', () => {
    const { patch } = merge({}, [attach], { kind: 'List', items: [account('default', [theirs])] })
    expect(patch).to.deep.equal([{ ...attach, value: [theirs, ours] }])
  })

  it('are left to the API server where ours is among them', () => {
    const { patch } = merge({}, [image, attach], account('default', [theirs, ours]))
    expect(patch).to.deep.equal([image])
  })

  it('are none where the account has none', () => {
    expect(merge({}, [attach], account('default'))).to.deep.equal({ patch: [attach] })
  })

  it('are not given to a Pod that names one itself', () => {
    const append: Operation = { op: 'add', path: '/spec/imagePullSecrets/1', value: ours }
    const merged = merge({ imagePullSecrets: [{ name: 'own' }] }, [append], account('default', [theirs]))
    expect(merged).to.deep.equal({ patch: [append] })
  })

  it('are merged into an empty list', () => {
    const append: Operation = { op: 'add', path: '/spec/imagePullSecrets/0', value: ours }
    const { patch } = merge({ imagePullSecrets: [] }, [append], account('default', [theirs]))
    expect(patch).to.deep.equal([{ ...attach, value: [theirs, ours] }])
  })

  it('are unknown where the account is not among the manifests', () => {
    expect(merge({}, [attach], account('other', [theirs])).unknownAccount).to.equal('prod/default')
  })

  it('do not matter to a Pod that gets no pull secret', () => {
    expect(merge({}, [image])).to.deep.equal({ patch: [image] })
  })
})
