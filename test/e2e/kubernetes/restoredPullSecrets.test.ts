import { expect } from 'chai'
import { arrayAt, objectAt } from '../../../src/json.ts'
import { managedByLabel, manager } from '../../../src/cluster/ownership.ts'
import { waitFor } from '../support/wait.ts'
import { textIn } from './support/apiServer.ts'
import { first, name, usePullSecretStage } from './support/keeping.ts'

describe('The pull secret in a namespace', function () {
  this.timeout(120_000)
  const { keep, kubectl } = usePullSecretStage()

  const damages: readonly (readonly [string, readonly string[]])[] = [
    ['deleted', ['delete', 'secret', name]],
    [
      'given another content',
      ['patch', 'secret', name, '--type=merge', '--patch={"data":{".dockerconfigjson":"e30="}}'],
    ],
    ['robbed of its label', ['label', 'secret', name, `${managedByLabel}-`]],
    ['given another label', ['label', '--overwrite', 'secret', name, `${managedByLabel}=Helm`]],
    [
      'robbed of its owner',
      ['patch', 'secret', name, '--type=json', '--patch=[{"op":"remove","path":"/metadata/ownerReferences"}]'],
    ],
    [
      'robbed of its field manager',
      [
        'patch',
        'secret',
        name,
        '--type=merge',
        '--patch={"metadata":{"managedFields":[{}]}, "data":{".dockerconfigjson":"e30="}}',
      ],
    ],
  ]
  for (const [damage, command] of damages) {
    it(`is restored when it is ${damage}`, async () => {
      const { ensure, copy, holds, namespace } = await keep()
      await ensure()
      const before = textIn(await copy(), 'metadata', 'resourceVersion')
      await kubectl(...command, `--namespace=${namespace}`)
      const restored = async (): Promise<boolean> => {
        const secret = await copy()
        const owners = arrayAt(objectAt(secret, 'metadata'), 'ownerReferences')
        const labelled = textIn(secret, 'metadata', 'labels', managedByLabel) === manager
        return (
          owners.length === 1 &&
          labelled &&
          textIn(secret, 'metadata', 'resourceVersion') !== before &&
          (await holds(first))
        )
      }
      expect(await waitFor('the restoration', restored, { seconds: 5 })).to.equal(true)
    })
  }
})
