import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { newestHelm, programOf } from '../../chart/support/programs.ts'
import { root } from '../../docs/documents.ts'
import { blocksRunBy, type Block } from '../../docs/pages.ts'
import { onCluster } from '../../docs/runners.ts'
import { run } from '../../support/command.ts'
import { licenseFile, licenseId } from '../install/support/accounts.ts'
import { webhookImage } from '../install/support/world.ts'
import type { Cluster } from '../support/cluster.ts'
import { sharedCluster } from '../support/sharedCluster.ts'
import { waitFor } from '../support/wait.ts'

const namespace = 'image-proxy-system'
const blocks = blocksRunBy(onCluster)
const [page, others] = [true, false].map((own) => blocks.filter((block) => (block.page === 'docs/install.md') === own))
const nameOf = ({ page, section, text }: Block) => `${page}, "${section}": ${text.split('\n')[0] ?? ''}`

describe('what the documentation says of an install, followed on a cluster by somebody with a license,', function () {
  this.timeout(120_000)
  this.bail(true)
  let cluster: Cluster
  let directory: string

  const shell = async (commands: string) => {
    const env = { ...cluster.env, HELM: programOf(newestHelm()) }
    const script = `set -euo pipefail; helm() { "$HELM" "$@"; }; cd "$0"\n${commands}`
    return (await run('bash', ['-c', script, directory], { env })).stdout
  }
  const namesOf = async (kinds: string) => (await cluster.kubectl(['get', kinds, '-A', '--output=name'])).stdout

  before(async () => {
    cluster = await sharedCluster()
    await cluster.script().buildImage(webhookImage, root)
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
    await symlink(join(root, 'charts'), join(directory, 'charts'))
    await writeFile(join(directory, 'license.yaml'), licenseFile(licenseId))
  })
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', namespace, 'my-app', '--ignore-not-found', '--wait=true'])
    await rm(directory, { recursive: true })
  })

  for (const block of page ?? []) {
    it(`gets on by ${nameOf(block)}`, () => shell(block.text))
  }

  it('leaves nothing in the cluster after the last command, but namespaces', async () => {
    await waitFor('the cluster to collect what the webhook made', async () => {
      const left = await namesOf('mutatingwebhookconfigurations,clusterroles,secrets,leases,pods,roles')
      return !/image-proxy-webhook|my-app-registry/.test(left)
    })
  })

  for (const block of others ?? []) {
    it(`gets a webhook that is ready by ${nameOf(block)}`, async () => {
      await shell(block.text)
      await shell(`kubectl rollout status deployment/image-proxy-webhook --namespace ${namespace} --timeout=60s`)
      expect(await namesOf('mutatingwebhookconfigurations')).to.include('image-proxy-webhook')
      await shell(`helm uninstall image-proxy-webhook --namespace ${namespace} --wait`)
    })
  }
})
