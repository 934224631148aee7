import { expect } from 'chai'
import { pageSection, usePageShell } from './support/page.ts'
import { namesOf, useStage, type Patients } from './support/stage.ts'

/** The page's section → the Pod that waits for that reason. */
const causes: readonly (readonly [title: string, patient: keyof Patients])[] = [
  ['1. The license has expired, or was revoked', 'expired'],
  ['2. The registry is not linked', 'unlinked'],
  ['3. The image does not exist', 'missing'],
  ['4. The slug is wrong', 'misnamed'],
  ['5. The webhook was down when the Pod was created', 'bypassed'],
  ['6. The namespace is not covered', 'uncovered'],
  ['7. The Pod opted out', 'optedOut'],
  ['8. The copy of the pull secret is gone', 'uncopied'],
  ["9. Somebody else's Secret has its name", 'foreign'],
  ['10. The proxy is down', 'unproxied'],
  ["11. The webhook does not reach the image's registry", 'unreachable'],
  ['12. The digest is not there', 'undigested'],
]

describe('docs/troubleshooting.md, on a cluster where Pods wait for their images for twelve reasons,', function () {
  this.timeout(60_000)
  const stage = useStage()
  const shell = usePageShell()

  for (const [title, patient] of causes) {
    it(`finds with the commands of its section "${title}" what that Pod waits for`, async () => {
      const { text, exitCode, missing } = await shell().run(title, namesOf(stage().patients[patient]))
      expect({ exitCode, missing }, text).to.deep.equal({ exitCode: 0, missing: [] })
    })

    it(`does not say "${title}" of a Pod that runs`, async () => {
      const { text, missing } = await shell().run(title, namesOf(stage().patients.healthy))
      expect(missing, text).not.to.deep.equal([])
    })
  }

  it('shows what its commands print for each cause', () => {
    expect(causes.filter(([title]) => pageSection(title).outputs.length === 0)).to.deep.equal([])
  })
})
