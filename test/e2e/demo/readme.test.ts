import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { run } from '../../support/command.ts'
import type { Cluster } from '../support/cluster.ts'
import { sharedCluster } from '../support/sharedCluster.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))
const [, section = ''] = /^## On a cluster, with nothing but the demo\n([^]*?)^## /m.exec(readme()) ?? []
const blocks = (language: string) =>
  [...section.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
const [toRun = '', toKnowWhy = '', toRemove = ''] = blocks('sh')
const [shown = ''] = blocks('console')

/** A line of a table as its cells, milliseconds left out. */
const cells = (line: string) => line.split(/ {2,}/).filter((cell) => !/^[\d.]+$/.test(cell))
const commandsOf = (block: string) => block.split(/(?<!\\)\n/).filter((line) => line !== '')

/**
 * Everything is as the README has it, but for what is not in a clone: the clone itself is of this working tree, and the
 * cluster of the script has its own way to build an image and to give it to the node.
 */
describe('the README, followed on a cluster by somebody with nothing but the demo,', function () {
  this.timeout(180_000)
  this.bail(true)
  let cluster: Cluster
  let directory: string
  let clone: string
  let output = ''

  before(async () => {
    cluster = await sharedCluster()
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
    clone = join(directory, 'image-proxy-webhook')
  })
  after(() => rm(directory, { recursive: true, force: true }))

  const shell = async (command: string, cwd: string) => {
    const { stdout, stderr } = await run('bash', ['-c', `set -euo pipefail; cd "$0"; ${command}`, cwd], {
      env: cluster.env,
    })
    return stderr + stdout
  }

  async function type(command: string): Promise<void> {
    if (command.startsWith('git clone ')) {
      await shell(
        `git ls-files -coz --exclude-standard | tar c --null -T - | tar x --one-top-level="${clone}"`,
        project,
      )
    } else if ('CLUSTER_STATE' in cluster.env && /^docker build|^kind load/.test(command)) {
      const [, image] = /^docker build --tag (\S+) \.$/.exec(command) ?? []
      if (image !== undefined) await cluster.script().buildImage(image, clone)
    } else {
      output += await shell(command, clone)
    }
  }

  it('takes eight commands at most to a private image that runs', () => {
    expect(commandsOf(toRun)).to.have.property('length').within(1, 8)
  })
  for (const command of commandsOf(toRun)) {
    it(`gets on by "${command}"`, () => type(command))
  }

  it('gets a private image that runs, pulled from the licensed proxy', async () => {
    const pod = ['pod/api', '--namespace=my-app']
    const { stdout: image } = await cluster.kubectl(['get', ...pod, '--output=jsonpath={.spec.containers[0].image}'])
    const { stdout: said } = await cluster.kubectl(['logs', ...pod])
    expect({ image, said }).to.deep.equal({
      image: 'localhost:15500/proxy/my-app/quay.io/my-org/api:v1.0.1',
      said: 'Hello from my-org/api:v1.0.1\n',
    })
  })

  for (const command of commandsOf(toKnowWhy)) {
    // 1 tells that something will not run.
    it(`asks why by "${command}"`, () => type(`{ ${command}; } || [ $? = 1 ]`))
  }

  it('is told why another image does not run, in the words that the README shows', () => {
    const lines = output.split('\n').map(cells)
    for (const line of shown.split('\n').filter((text) => text !== '')) expect(lines).to.deep.include(cells(line))
    expect(shown).to.include('Warning: image "ghcr.io/my-org/log-shipper:2" is left alone')
  })

  for (const command of commandsOf(toRemove)) {
    it(`cleans up by "${command}"`, () => type(command))
  }

  it('has nothing left in the cluster', async () => {
    const kinds = 'namespaces,clusterroles,clusterrolebindings,mutatingwebhookconfigurations'
    const { stdout } = await cluster.kubectl(['get', kinds, '--output=name'])
    expect(stdout.split('\n').filter((name) => /image-proxy|my-app/.test(name))).to.deep.equal([])
  })
})

function readme(): string {
  return readFileSync(join(project, 'README.md'), 'utf8')
}
