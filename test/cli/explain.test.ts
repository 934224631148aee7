import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { deployment, imagesOf, missing, useExplain } from './explainScene.ts'

describe('explain -f', () => {
  const explain = useExplain()

  it('tells what would be done with each image of a workload', async () => {
    const { exitCode, stdout } = await explain(['-f', 'a.yaml'], { files: { 'a.yaml': deployment } })
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows[1]?.slice(0, 6)).to.deep.equal([
      'prod/Deployment/api',
      'api',
      'quay.io/my-org/api:v1.0.1',
      'private',
      'served',
      'rewritten',
    ])
    expect(rows[2]?.at(-1)).to.equal('-> proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1')
    expect(rows[3]?.slice(0, 6)).to.deep.equal(['', 'cache', 'redis:7', 'public', '-', 'left alone'])
    expect(exitCode).to.equal(0)
  })

  it('waits for registries beyond the deadline of an admission, since no Pod waits', async () => {
    const environment = { CHECK_DEADLINE: '1ms' }
    const { stdout } = await explain(['-f', 'a.yaml', '-o', 'json'], { files: { 'a.yaml': deployment }, environment })
    expect(imagesOf(stdout).map(({ reason }) => reason)).to.deep.equal(['private', 'public'])
  })

  describe('with an image that no Pod template explains', () => {
    const cluster = `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db, namespace: prod}
spec: {imageName: "quay.io/my-org/postgres:17"}
`

    it('tells where it is, what to do, and fails', async () => {
      const { exitCode, stdout } = await explain(['-f', '-'], { stdin: cluster })
      expect(stdout).to.match(/^not read: prod\/Cluster\/db spec\.imageName quay\.io\/my-org\/postgres:17\nAn operator/)
      expect(exitCode).to.equal(1)
    })

    it('does not fail with --allow-unread', async () => {
      const { exitCode } = await explain(['-f', '-', '--allow-unread'], { stdin: cluster })
      expect(exitCode).to.equal(0)
    })

    it('tells it beside the manifests, which stay what they are', async () => {
      const { exitCode, stdout, stderr } = await explain(['-f', '-', '-o', 'yaml'], { stdin: cluster })
      expect({ exitCode, stdout }).to.deep.equal({ exitCode: 1, stdout: cluster })
      expect(stderr).to.match(/^not read: prod\/Cluster\/db spec\.imageName /)
    })

    it('tells it to programs', async () => {
      const { stdout } = await explain(['-f', '-', '-o', 'json'], { stdin: cluster })
      expect(JSON.parse(stdout)).to.deep.include({
        notRead: [{ owner: 'prod/Cluster/db', path: 'spec.imageName', image: 'quay.io/my-org/postgres:17' }],
      })
    })
  })

  it('takes the slug, the license and the proxy from the command line', async () => {
    const flags = ['--app-slug', 'other-app', '--proxy-domain', 'images.vendor.example']
    const { stdout } = await explain(['-f', '-', '-o', 'json', ...flags], { stdin: deployment })
    expect(imagesOf(stdout)[0]?.['location']).to.equal(
      'images.vendor.example/proxy/other-app/quay.io/my-org/api:v1.0.1',
    )
  })

  it('writes JSON with the keys that are documented', async () => {
    const page = await readFile(new URL('../../docs/command-line.md', import.meta.url), 'utf8')
    const documented = JSON.parse(/```json\n(\{\n {2}"images".*?)```/s.exec(page)?.[1] ?? '') as { images: object[] }
    const { stdout } = await explain(['-f', '-', '-o', 'json'], { stdin: deployment })
    const written = JSON.parse(stdout) as typeof documented
    expect(Object.keys(written)).to.deep.equal(Object.keys(documented))
    expect(Object.keys(written.images[0] ?? {})).to.deep.equal(Object.keys(documented.images[0] ?? {}))
  })

  it('writes one HTML page that holds every image', async () => {
    const { exitCode, stdout } = await explain(['-f', '-', '-o', 'html'], { stdin: deployment })
    expect(exitCode).to.equal(0)
    expect(stdout)
      .to.match(/^<!doctype html>/)
      .and.include('quay.io/my-org/api:v1.0.1')
  })

  it('fails where an image cannot be pulled', async () => {
    const { exitCode, stdout } = await explain(['-f', '-'], { stdin: missing })
    expect(exitCode).to.equal(1)
    expect(stdout).to.include('its registry has no such manifest')
  })

  it('fails where the proxy refuses an image that is proxied already', async () => {
    const stdin = missing.replace('quay.io', 'proxy.replicated.com/proxy/my-app/quay.io')
    const { exitCode, stdout } = await explain(['-f', '-', '-o', 'json'], { stdin })
    expect(imagesOf(stdout)).to.have.nested.property('[0].proxy.access', 'refused')
    expect(exitCode).to.equal(1)
  })

  it('leaves a Pod alone that opts out', async () => {
    const stdin = deployment.replace('{app: api}', '{app: api, image-proxy-webhook/ignore: "true"}')
    const { stdout } = await explain(['-f', '-', '-o', 'json'], { stdin })
    expect(imagesOf(stdout).map(({ decision, reason }) => [decision, reason])).to.deep.equal([
      ['leave', 'opted-out'],
      ['leave', 'opted-out'],
    ])
  })

  describe('with a namespace that opts out', () => {
    const labels = '{image-proxy-webhook/ignore: "true"}'
    const stdin = `kind: Namespace\nmetadata: {name: prod, labels: ${labels}}\n---\n${deployment}`

    it('says that the webhook is not asked about its Pods', async () => {
      const { stdout } = await explain(['-f', '-', '-o', 'json'], { stdin })
      const reason = 'namespace prod has the label image-proxy-webhook/ignore=true'
      expect(imagesOf(stdout).map(({ notAsked }) => notAsked)).to.deep.equal([reason, reason])
    })
  })
})
