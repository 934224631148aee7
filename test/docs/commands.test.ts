import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect } from 'chai'
import { stringify } from 'yaml'
import { createAuthority } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { startScene, type Scene } from '../../testbed/scene.ts'
import { writeWebhookFiles } from '../../testbed/webhookFiles.ts'
import { run } from '../support/command.ts'
import { root } from './documents.ts'
import { blocksRunBy } from './pages.ts'
import { here } from './runners.ts'

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace: 'my-app' } }
const spec = { containers: [{ name: 'api', image: 'quay.io/my-org/api:v1.0.1' }] }

/**
 * Around the commands as they are written: what installs is done already, what serves is ended after a while, 1 tells of an
 * image that cannot be pulled, and Helm renders one Pod, for which no program of that name is needed.
 */
const surroundings = `
set -euo pipefail
npx() { command npx "$@" || [ $? -eq 1 ]; }
npm() {
  case $1 in
    ci | test) ;;
    start) timeout 5 npm "$@" || [ $? -eq 124 ] ;;
    *) command npm "$@" ;;
  esac
}
image-proxy-webhook() { npx node src/main.ts "$@"; }
kubectl() { [ "$1" = image-proxy ] && shift && image-proxy-webhook "$@"; }
helm() { [ "$1" = template ] && cat manifests/pod.yaml; }
`

describe('a block of commands', function () {
  this.timeout(120_000)
  let scene: Scene
  let api: RunningServer
  /** A copy of the project, with what the pages take for granted. */
  let copy: string
  let env: NodeJS.ProcessEnv

  before(async () => {
    scene = await startScene()
    copy = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
    const files = (name: string) => join(copy, name)
    await run('bash', [
      '-c',
      'cd "$0" && git ls-files -coz --exclude-standard | tar c --null -T - | tar x -C "$1"',
      root,
      copy,
    ])
    await symlink(join(root, 'node_modules'), files('node_modules'))
    await mkdir(files('manifests'))
    await writeFile(files('manifests/pod.yaml'), stringify({ ...pod, spec }))
    await writeWebhookFiles(copy, scene, { names: ['localhost'], check: {}, server: { port: 0 } })
    await run('cp', [files('config.yaml'), files('my-config.yaml')])

    const authority = await createAuthority()
    api = await startHttpsServer(await authority.issue({ names: ['localhost'] }), (request, response) => {
      const items = request.url?.startsWith('/api/v1/pods') === true ? [{ ...pod, spec }] : []
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ kind: 'List', metadata: {}, items }))
    })
    const server = { server: `https://${api.host}`, 'certificate-authority-data': btoa(authority.certificate) }
    const kubeconfig = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'a' },
      clusters: [{ name: 'a', cluster: server }],
      users: [{ name: 'a', user: { token: 'a' } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    }
    await writeFile(files('kubeconfig'), JSON.stringify(kubeconfig))
    env = {
      ...process.env,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      KUBECONFIG: files('kubeconfig'),
      CHECK_CA_FILE: files('ca.pem'),
      CHECK_ENDPOINTS: JSON.stringify(scene.endpoints),
    }
  })
  after(async () => {
    await api.close()
    await scene.close()
    await rm(copy, { recursive: true })
  })

  for (const { page, section, text } of blocksRunBy(here)) {
    it(`runs as ${page} has it below "${section}": ${text.split('\n')[0] ?? ''}`, async () => {
      const { stdout, stderr } = await run('bash', ['-c', `${surroundings}\ncd "$0"\n${text}`, copy], { env })
      expect(stdout + stderr).not.to.match(/^error: /m)
    })
  }
})
