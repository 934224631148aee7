import { join } from 'node:path'
import { expect } from 'chai'
import { licensed, manifests } from '../chart/support/helm.ts'
import { valuesFiles } from '../chart/support/valuesFiles.ts'
import { moduleDirectory, runTool } from './goTool.ts'

const on = { supportBundle: { enabled: true }, preflight: { enabled: true }, images: ['proxy.replicated.com/a/b:1'] }

describe("a spec for Replicated's troubleshoot", () => {
  let schemas = ''
  before(async () => {
    schemas = join(await moduleDirectory('github.com/replicatedhq/troubleshoot@v0.133.0'), 'schemas')
  })

  async function judge(spec: string): Promise<string> {
    const location = join(schemas, '{{ .ResourceKind }}{{ .KindSuffix }}.json')
    return (
      await runTool('kubeconform', ['-strict', '-summary', '-verbose', '-schema-location', location], { input: spec })
    ).stdout
  }

  for (const [name, args] of [...valuesFiles, ['the license alone', []] as const]) {
    it(`is what the tool's own schema describes, with ${name}`, async () => {
      const values = { ...(args.length === 0 ? licensed : {}), troubleshoot: on }
      const objects = await manifests(values, { args })
      const secrets = objects.filter(({ metadata: { name } }) => /-(?:support-bundle|preflight)$/.test(name))
      const specs = secrets.flatMap(({ stringData }) => Object.values(stringData as Record<string, string>))
      expect(specs).to.have.length(2)
      expect(await judge(specs.join('\n---\n'))).to.match(/Valid: 2, Invalid: 0, Errors: 0, Skipped: 0/)
    })
  }

  it('is refused where it is not, so that the schema is known to be found', async () => {
    const wrong = 'apiVersion: troubleshoot.sh/v1beta2\nkind: Preflight\nmetadata: {name: a}\nspec: {collectors: 1}\n'
    const said: unknown = await judge(wrong).catch((error: unknown) => error)
    expect(said).to.be.an('error').with.property('message').that.includes('Invalid: 1')
  })
})
