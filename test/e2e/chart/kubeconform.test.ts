import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { render } from '../../chart/support/helm.ts'
import { newestHelm } from '../../chart/support/programs.ts'
import { valuesFiles } from '../../chart/support/valuesFiles.ts'
import { runTool } from '../../tools/goTool.ts'
import { readSchemas, type Schemas } from '../support/openApi.ts'
import { sharedCluster } from '../support/sharedCluster.ts'
import { waitFor } from '../support/wait.ts'

const crds = fileURLToPath(new URL('../../fixtures/crds', import.meta.url))
const crdFiles = ['servicemonitors', 'prometheusrules', 'certificates', 'issuers'].map(
  (name) => `--filename=${crds}/${name}.yaml`,
)

describe("the chart, judged by kubeconform with the API server's own schemas,", function () {
  this.timeout(300_000)
  let schemas: Schemas

  before(async () => {
    const cluster = await sharedCluster()
    await cluster.kubectl(['apply', '--server-side', ...crdFiles])
    // It describes what was defined a moment ago a moment later.
    schemas = await waitFor('the schemas of the custom kinds', async () => {
      const { stdout } = await cluster.kubectl(['get', '--raw', '/openapi/v2'])
      return ['ServiceMonitor', 'PrometheusRule', 'Certificate', 'Issuer'].every((kind) =>
        stdout.includes(`"kind":"${kind}"`),
      )
        ? readSchemas(cluster)
        : undefined
    })
  })

  after(async () => {
    await schemas.remove()
    await (await sharedCluster()).kubectl(['delete', ...crdFiles, '--wait=false'])
  })

  const judge = async (objects: string) =>
    (await runTool('kubeconform', ['-strict', '-summary', '-schema-location', schemas.location], { input: objects }))
      .stdout

  for (const [name, args] of valuesFiles) {
    it(`is valid with ${name}`, async () => {
      expect(await judge(await render(newestHelm(), {}, { args }))).to.match(/Invalid: 0, Errors: 0, Skipped: 0/)
    })
  }

  it('is invalid with a key that no object has', async () => {
    const objects = await render(newestHelm(), {}, { args: [...(valuesFiles.get('license-id-values.yaml') ?? [])] })
    const said: unknown = await judge(objects.replace('revisionHistoryLimit:', 'revisionHistory:')).catch(
      (error: unknown) => error,
    )
    expect(said).to.be.an('error').with.property('message').that.includes("'revisionHistory' not allowed")
  })
})
