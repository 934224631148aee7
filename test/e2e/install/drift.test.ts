import { expect } from 'chai'
import { run } from '../../support/command.ts'
import { release, useInstallation } from './support/installation.ts'

const ways: Readonly<Record<string, readonly string[]>> = {
  'kubectl apply': [],
  'server-side apply under another name': ['--server-side', '--force-conflicts', '--field-manager=a-gitops-tool'],
}

describe('a release that runs', function () {
  this.timeout(120_000)
  const world = useInstallation()

  for (const [way, args] of Object.entries(ways)) {
    it(`has no field that another ${way} of its manifests would change`, async () => {
      const { cluster } = world()
      const get = ['get', 'manifest', release.name, `--namespace=${release.namespace}`]
      const { stdout: manifests } = await run('helm3', get, { env: cluster.env })
      const diff = await cluster.kubectl(['diff', ...args, '--filename=-'], { input: manifests })
      expect(diff.stdout).to.equal('')
    })
  }
})
