import { expect } from 'chai'
import { readmeSection, readmeSections } from '../../chart/support/readme.ts'
import { run } from '../../support/command.ts'
import { waitFor } from '../support/wait.ts'
import { app, release, useInstallation } from './support/installation.ts'
import { podsOf, sleeping, templateOf, untilRunning } from './support/workloads.ts'

const image = 'quay.io/my-org/commands:1'
const name = 'commands'

/** The first block defines what those of all other sections use. */
const [definitions = '', why = ''] = readmeSection('Troubleshooting').commands
const runbooks = readmeSections().filter(({ title }) => title.startsWith('ImageProxyWebhook'))

describe('a command', function () {
  this.timeout(180_000)
  const world = useInstallation()
  const shell = async (script: string) =>
    (await run('bash', ['-c', `set -euo pipefail\n${script}`], { env: world().cluster.env })).stdout

  before(async () => {
    await world().scene.push(image)
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: templateOf(name, sleeping({ main: image })),
    }
    await world().cluster.apply(JSON.stringify(deployment), `--namespace=${app}`)
    await untilRunning(world(), app, name)
    // `kubectl logs --selector` shows ten lines of each replica where it is not told otherwise.
    for (let count = 0; count < 2 * 11; count++)
      await world().cluster.kubectl(['run', 'later', `--image=${image}`, '--dry-run=server', `--namespace=${app}`])
  })

  after(() => world().cluster.kubectl(['delete', 'deployment', name, `--namespace=${app}`, '--wait=false']))

  async function podName(): Promise<string> {
    const [pod] = await podsOf(world(), app, name)
    return pod?.metadata?.name ?? ''
  }

  it("of the chart's README finds why a Deployment's Pod has its image, whichever replica was asked", async () => {
    const script = why.replace(/^APP=.*$/m, `APP=${app} POD=${await podName()}`)
    const lines = await waitFor('the log', () => shell(`${definitions}\n${script}`))
    expect(lines).to.include(`"generateName":"${name}-`).and.include(`"image":"${image}"`)
  })

  async function notes(): Promise<readonly string[]> {
    const get = ['get', 'notes', release.name, `--namespace=${release.namespace}`]
    const { stdout } = await run('helm3', get, { env: world().cluster.env })
    return stdout.split('\n').filter((line) => /^ {2}(?:kubectl|helm) /.test(line))
  }

  it('of the notes runs as it is written, each of them', async () => {
    const commands = await notes()
    expect(commands).to.have.length.at.least(4)
    for (const command of commands) await shell(`helm() { helm3 "$@"; }\n${command}`)
  })

  it('of the notes shows what was changed', async () => {
    const command = (await notes()).find((line) => line.includes('original-images'))
    expect(await shell(command ?? 'false')).to.include(`{"main":"${image}"}`)
  })

  it('of the notes reads the whole log of every replica', async () => {
    const command = (await notes()).find((line) => line.includes('--tail=-1'))
    const log = await shell(command ?? 'false')
    expect(new Set(log.match(/^\[pod\/\S+/gm))).to.have.property('size', 2)
    expect(log).to.include(`"generateName":"${name}-`)
  })

  it('of the README tells what each replica is ready for', async () => {
    const said = await shell(`${definitions}\nwebhook_get '/readyz?verbose'`)
    expect(said.match(/\[\+\]license ok/g)).to.have.length(2)
  })

  for (const { title, commands } of runbooks) {
    it(`of the runbook ${title} runs as it is written`, async () => {
      for (const block of commands) await shell(`${definitions}\n${block}`)
    })
  }
})
