import { expect } from 'chai'
import { render } from '../chart/support/helm.ts'
import { newestHelm } from '../chart/support/programs.ts'
import { valuesFiles } from '../chart/support/valuesFiles.ts'
import { runTool } from './goTool.ts'

/** What the chart does otherwise on purpose, and why. */
const deliberate = {
  // A tag of a release is never moved, and a node that has the image must be able to start it without its registry.
  'container-image-pull-policy': 'pullPolicy is IfNotPresent',
  // A CPU limit would slow down admissions; a limit of ephemeral storage would evict for a log that the kubelet keeps.
  'container-resources': 'no CPU limit',
  'container-ephemeral-storage-request-and-limit': 'no limit of ephemeral storage',
  // Spread over nodes and zones by topologySpreadConstraints, which kube-score does not read.
  'deployment-has-host-podantiaffinity': 'topologySpreadConstraints',
  // Off by default, because no chart knows the addresses of the API servers; on in values-ha.yaml.
  'pod-networkpolicy': 'networkPolicy.enabled',
}

/** It adds containers of a user's own, and OpenShift chooses users and groups there: neither is the chart's doing. */
const withForeignParts = 'options-values.yaml'

describe('the chart, judged by kube-score,', () => {
  for (const [name, args] of [...valuesFiles].filter(([name]) => name !== withForeignParts)) {
    it(`has no other fault than what it does on purpose, with ${name}`, async () => {
      const ignored = Object.keys(deliberate).map((test) => `--ignore-test=${test}`)
      const objects = await render(newestHelm(), {}, { args })
      const { stdout } = await runTool(
        'kube-score',
        ['score', '--output-format=ci', '--exit-one-on-warning', ...ignored, '-'],
        {
          input: objects,
        },
      )
      expect(stdout.split('\n').filter((line) => /^\[(?:CRITICAL|WARNING)\]/.test(line))).to.deep.equal([])
    })
  }
})
