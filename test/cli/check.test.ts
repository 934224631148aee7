import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { cli, startCliScene, type CliScene } from './runner.ts'

describe('check', () => {
  let world: CliScene
  before(async () => {
    world = await startCliScene()
  })
  after(() => world.close())

  const check = (...argv: string[]) => cli(['check', ...argv], { environment: world.environment })

  const cases: readonly [image: string, anonymous: string, proxy: string, decision: string, exitCode: number][] = [
    ['redis:7', 'public', '-', 'left alone', 0],
    ['quay.io/my-org/api:v1.0.1', 'private', 'served', 'rewritten', 0],
    ['my-org/private:1', 'private', 'served', 'rewritten', 0],
    ['499999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx:1', 'private', 'served', 'rewritten', 0],
    ['registry.replicated.com/my-app/worker:1.0.1', '-', 'served', 'pull secret', 0],
    ['registry.replicated.com/my-app/gone:1', '-', 'refused', 'pull secret', 1],
    ['proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1', '-', 'served', 'pull secret', 0],
    ['proxy.replicated.com/proxy/my-app/ghcr.io/my-org/log-shipper:2', '-', 'refused', 'pull secret', 1],
    ['ghcr.io/my-org/log-shipper:2', 'private', 'refused', 'left alone', 1],
    ['quay.io/my-org/gone:1', 'missing', 'refused', 'left alone', 1],
    ['registry.internal.example.com/a:1', 'unknown (timeout)', 'refused', 'left alone', 1],
    ['not an image', '-', '-', 'left alone', 1],
  ]
  for (const [image, ...expected] of cases) {
    it(`prints ${expected.slice(0, 3).join(' | ')} for ${image}`, async () => {
      const { exitCode, stdout } = await check(image)
      const row = stdout.split('\n')[1]?.split(/ {2,}/) ?? []
      expect([row[0], ...row.slice(1, 4), exitCode]).to.deep.equal([image, ...expected])
    })
  }

  it('shows where a rewritten image is pulled from', async () => {
    const { stdout } = await check('quay.io/my-org/api:v1.0.1')
    expect(stdout).to.include('\n  -> proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1\n')
  })

  const reasons: readonly [image: string, why: string][] = [
    ['ghcr.io/my-org/log-shipper:2', 'not readable without credentials, and the proxy does not find it'],
    [
      'proxy.replicated.com/proxy/my-app/ghcr.io/my-org/log-shipper:2',
      'on a domain of the proxy already, and the proxy does not find it',
    ],
    ['registry.replicated.com/my-app/worker:1.0.1', "hosted by the license's own registry, which serves it"],
    ['registry.replicated.com/my-app/gone:1', "hosted by the license's own registry, which does not find it"],
  ]
  for (const [image, why] of reasons) {
    it(`says why of ${image}`, async () => {
      const { stdout } = await check(image)
      expect(stdout).to.include(why)
    })
  }

  it('asks the proxy for what a rule sends there', async () => {
    const rules = [
      { match: 'quay.io/my-org/gone', action: 'proxy' },
      { match: 'quay.io/my-org/api', action: 'proxy' },
    ]
    const { exitCode, stdout } = await cli(
      ['check', '-o', 'json', 'quay.io/my-org/gone:1', 'quay.io/my-org/api:v1.0.1'],
      {
        environment: { ...world.environment, POLICY_RULES: JSON.stringify(rules) },
      },
    )
    const { images } = JSON.parse(stdout) as { images: { reason: string; works: boolean; why: string }[] }
    expect(images.map(({ reason, works }) => [reason, works])).to.deep.equal([
      ['rule', false],
      ['rule', true],
    ])
    expect(exitCode).to.equal(1)
  })

  it('asks nobody for an image of the proxy where there is no license', async () => {
    const { LICENSE_ID: _, ...environment } = world.environment
    const { exitCode, stdout } = await cli(['check', 'registry.replicated.com/my-app/gone:1'], { environment })
    expect(stdout.split('\n')[1]?.split(/ {2,}/).slice(1, 4)).to.deep.equal(['-', '-', 'pull secret'])
    expect(exitCode).to.equal(0)
  })

  it('checks several images, and fails for one of them', async () => {
    const { exitCode, stdout } = await check('redis:7', 'quay.io/my-org/gone:1')
    expect(exitCode).to.equal(1)
    expect(stdout.trimEnd().split('\n')).to.have.length(3)
  })

  it('tells each request below its image when asked to be verbose', async () => {
    const { stdout } = await check('--verbose', 'redis:7', 'quay.io/my-org/api:v1.0.1')
    const port = (host: string) => new URL(world.scene.endpoints[host] ?? '').port
    const lines = stdout
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/ {2}\d+ ms$/, ''))
    const hub = `https://localhost:${port('docker.io')}`
    expect(lines.slice(1, 4)).to.deep.equal([
      `  HEAD ${hub}/v2/library/redis/manifests/7  401`,
      `  GET  ${hub}/token  200`,
      `  HEAD ${hub}/v2/library/redis/manifests/7  200`,
    ])
    const proxy = `https://localhost:${port('proxy.replicated.com')}`
    expect(lines.slice(-2)).to.deep.equal([
      `  HEAD ${proxy}/v2/proxy/my-app/quay.io/my-org/api/manifests/v1.0.1  200`,
      '',
    ])
  })

  it('writes JSON for programs', async () => {
    const { stdout } = await check('-o', 'json', '-v', 'registry.k8s.io/pause:3.10')
    const [image] = (JSON.parse(stdout) as { images: Record<string, unknown>[] }).images
    expect(image).to.deep.include({
      image: 'registry.k8s.io/pause:3.10',
      decision: 'leave',
      reason: 'public',
      works: true,
      anonymous: { access: 'public', reason: 'readable' },
    })
    expect(image).to.have.property('requests').with.length(1)
  })

  it('never shows the license', async () => {
    const { stdout, stderr } = await check('-v', '-o', 'json', 'quay.io/my-org/api:v1.0.1', 'my-org/private:1')
    expect(stdout + stderr).not.to.include(licenseId)
  })

  it('tells what can be told where nothing names the application, and how to name it', async () => {
    const { CHECK_CA_FILE = '', CHECK_ENDPOINTS = '' } = world.environment
    const { exitCode, stdout, stderr } = await cli(['check', 'redis:7', 'quay.io/my-org/api:v1.0.1', '-o', 'json'], {
      environment: { CHECK_CA_FILE, CHECK_ENDPOINTS },
    })
    const { images } = JSON.parse(stdout) as { images: { anonymous: { access: string } }[] }
    expect(images.map(({ anonymous }) => anonymous.access)).to.deep.equal(['public', 'private'])
    expect(stderr).to.include('give --app-slug, the key appSlug or the variable APP_SLUG')
    expect(exitCode).to.equal(0)
  })

  it('rewrites on the word of the registry alone where there is no license, and says so', async () => {
    const { LICENSE_ID: _, ...environment } = world.environment
    const { exitCode, stdout, stderr } = await cli(['check', 'quay.io/my-org/api:v1.0.1'], { environment })
    expect(exitCode).to.equal(0)
    expect(stdout).to.include('not readable without credentials, and the proxy was not asked')
    expect(stderr).to.equal(
      'note: no license is configured, so the proxy is not asked: give --license-file, license.file or LICENSE_FILE\n',
    )
  })

  it('is told of a license that cannot be read', async () => {
    const environment = { ...world.environment, LICENSE_ID: '', LICENSE_FILE: '/nonexistent/license.yaml' }
    const { exitCode, stdout, stderr } = await cli(['check', 'redis:7'], { environment })
    expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' })
    expect(stderr).to.match(/^error: .*\/nonexistent\/license\.yaml[^\n]*\n$/)
  })

  it('says that the license is for another application than the one it is told', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-check-'))
    const file = join(directory, 'license.yaml')
    const license = { apiVersion: 'kots.io/v1beta1', kind: 'License', spec: { licenseID: licenseId, appSlug: 'other' } }
    await writeFile(file, JSON.stringify(license))
    const environment = { ...world.environment, LICENSE_ID: '', LICENSE_FILE: file }
    const { stderr } = await cli(['check', 'redis:7'], { environment })
    await rm(directory, { recursive: true })
    expect(stderr).to.equal('note: appSlug is "my-app", but the license is for the application "other"\n')
  })

  it('lets no image rewrite the terminal', async () => {
    const { stdout } = await check('\u001b[2Jredis')
    expect(stdout).to.include('?[2Jredis')
  })
})
