import { expect } from 'chai'
import { pageSection, usePageShell } from './support/page.ts'
import { namesOf, useStage, type Patient, type Patients } from './support/stage.ts'

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
  this.timeout(120_000)
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

    it(`leads by its table to "${title}"`, async () => {
      const names = namesOf(stage().patients[patient])
      const { text } = await shell().run('A Pod is in ImagePullBackOff', names)
      expect(sectionsFor(text, names.IMAGE), text).to.include(title)
    })
  }

  it('shows what the proxy served from a registry that is linked, and nothing of one that is not', async () => {
    const { healthy, unlinked } = stage().patients
    const served = async (patient: Patient) => {
      const { text } = await shell().run('2. The registry is not linked', namesOf(patient))
      return text.split('\n').filter((line) => line.includes('"proxy":"served"'))
    }
    expect(await served(healthy)).to.have.lengthOf.at.least(1)
    expect(await served(unlinked)).to.deep.equal([])
  })

  it('shows what its commands print for each cause', () => {
    expect(causes.filter(([title]) => pageSection(title).outputs.length === 0)).to.deep.equal([])
  })
})

/** What a cell of the table says of what was printed → whether it is so. An empty cell is always right. */
function isSo(cell: string, text: string, image: string): boolean {
  const quoted = [...cell.matchAll(/`([^`]+)`/g)].map(([, phrase = '']) => phrase)
  if (cell.startsWith('Warning')) return text.includes('Warning: ') && quoted.every((phrase) => text.includes(phrase))
  const who = cell.startsWith('a new Pod') ? 'a new Pod pulls ' : 'it pulls '
  const isBehind = new RegExp(`^${who}\\S+/proxy/\\S+$`, 'm').test(text)
  const isWarned = cell.includes('no warning') && text.includes('Warning: ')
  return cell === '' || (cell.includes('behind the proxy') ? isBehind : text.includes(`${who}${image}\n`) && !isWarned)
}

/** The titles of the sections that the page's table leads to. */
function sectionsFor(text: string, image: string): readonly string[] {
  const rows = pageSection('A Pod is in ImagePullBackOff')
    .text.split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const numbers = rows
    .filter(([, asked = '', looked = '']) => isSo(asked, text, image) && isSo(looked, text, image))
    .flatMap(([, , , leads = '']) => [...leads.matchAll(/\[(\d+)\]/g)].map(([, number = '']) => `${number}. `))
  return causes.map(([title]) => title).filter((title) => numbers.some((number) => title.startsWith(number)))
}
