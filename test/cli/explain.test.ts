import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { cli, startCliScene, type CliScene, type Surroundings } from './runner.ts'

const deployment = `# The API.
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
spec:
  template:
    metadata:
      labels: {app: api}
    spec:
      containers:
        - name: api
          image: "quay.io/my-org/api:v1.0.1"  # pinned
        - {name: cache, image: redis:7}
`
const service = '# Nothing to pull.\nkind: Service\nmetadata:   {name: api}\n'
const admitted = `# The API.
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
spec:
  template:
    metadata:
      labels: {app: api}
      annotations:
        image-proxy-webhook/original-images: '{"api":"quay.io/my-org/api:v1.0.1"}'
    spec:
      containers:
        - name: api
          image: "proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1"  # pinned
        - {name: cache, image: redis:7}
      imagePullSecrets:
        - name: my-app-registry
`
const missing = 'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: quay.io/my-org/gone:1}]}\n'

describe('explain -f', () => {
  let world: CliScene
  before(async () => {
    world = await startCliScene()
  })
  after(() => world.close())

  function explain(argv: readonly string[], surroundings: Surroundings = {}) {
    const environment = { ...world.environment, ...surroundings.environment }
    return cli(['explain', ...argv], { ...surroundings, environment })
  }
  const imagesOf = (stdout: string) => (JSON.parse(stdout) as { images: Record<string, unknown>[] }).images

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

  it('reads several files, and documents from the standard input', async () => {
    const { stdout } = await explain(['-f', 'a.yaml', '-f', '-', '-o', 'json'], {
      files: { 'a.yaml': deployment },
      stdin: `${service}---\n${missing}`,
    })
    expect(imagesOf(stdout).map(({ workload, container, decision }) => [workload, container, decision])).to.deep.equal([
      ['prod/Deployment/api', 'api', 'rewrite'],
      ['prod/Deployment/api', 'cache', 'leave'],
      ['Pod/p', 'a', 'leave'],
    ])
  })

  it('reads the manifests of a directory, and no other files in it', async () => {
    const files = { 'dir/a.yaml': deployment, 'dir/b.json': JSON.stringify({ kind: 'Pod' }), 'dir/notes.md': '- x' }
    const { exitCode, stdout } = await explain(['-f', 'dir', '-o', 'json'], { files })
    expect(exitCode).to.equal(0)
    expect(imagesOf(stdout)).to.have.lengthOf(2)
  })

  it('reads the directories below with -R alone', async () => {
    const files = { 'dir/a.yaml': service, 'dir/below/b.yml': deployment }
    const flat = await explain(['-f', 'dir', '-o', 'json'], { files })
    const deep = await explain(['-f', 'dir', '-R', '-o', 'json'], { files })
    expect([imagesOf(flat.stdout).length, imagesOf(deep.stdout).length]).to.deep.equal([0, 2])
  })

  it('says that a directory holds no manifest, and what would look deeper', async () => {
    const { exitCode, stderr } = await explain(['-f', 'dir'], { files: { 'dir/notes.md': '' } })
    expect(stderr).to.equal('error: dir holds no *.yaml, *.yml or *.json; -R reads the directories below it as well\n')
    expect(exitCode).to.equal(2)
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

  it('prints manifests as they would be admitted, and everything else in them as it is written', async () => {
    const { exitCode, stdout } = await explain(['-f', '-', '-o', 'yaml'], {
      stdin: `${service}---\n${deployment}`,
    })
    expect({ exitCode, stdout }).to.deep.equal({ exitCode: 0, stdout: `${service}---\n${admitted}` })
  })

  it('says which ServiceAccounts it cannot see where it adds a pull secret', async () => {
    const { stderr } = await explain(['-f', '-', '-o', 'yaml'], { stdin: deployment })
    expect(stderr).to.match(/^note: the ServiceAccount prod\/default is not among the manifests: [^\n]+\n$/)
  })

  it("adds the pull secrets of the Pod's ServiceAccount before ours", async () => {
    const account = `kind: ServiceAccount\nmetadata: {name: default, namespace: prod}\nimagePullSecrets: [{name: theirs}]\n`
    const { stdout, stderr } = await explain(['-f', '-', '-o', 'yaml'], { stdin: `${account}---\n${deployment}` })
    expect(stderr).to.equal('')
    expect(stdout).to.include('      imagePullSecrets:\n        - name: theirs\n        - name: my-app-registry\n')
  })

  it('prints the templates of custom kinds as their Pods would be admitted', async () => {
    const jobSet = (image: string, annotations = '', secrets = '') => `kind: JobSet
metadata: {name: train}
spec:
  replicatedJobs:
    - name: workers # both
      template:
        spec:
          template:
            metadata:
              labels: {a: b}
${annotations}            spec:
              containers:
                - {name: a, image: ${image}}
${secrets}`
    const { stdout } = await explain(['-f', '-', '-o', 'yaml'], { stdin: jobSet('my-org/private:1') })
    expect(stdout).to.equal(
      jobSet(
        'proxy.replicated.com/proxy/my-app/my-org/private:1',
        `              annotations:
                image-proxy-webhook/original-images: '{"a":"my-org/private:1"}'\n`,
        '              imagePullSecrets:\n                - name: my-app-registry\n',
      ),
    )
  })

  it('prints nothing new for what it has printed', async () => {
    const { stdout } = await explain(['-f', '-', '-o', 'yaml'], { stdin: admitted })
    expect(stdout).to.equal(admitted)
  })

  const empties = [
    '---\n---\n',
    '---\n---',
    `---\n---\n${service}`,
    `${service}---\n\n---\n---\n${service}`,
    '---\r\n---\r\na: b\r\n',
  ]
  for (const text of empties) {
    it(`prints the empty documents of ${JSON.stringify(text)} as they are`, async () => {
      const { stdout } = await explain(['-f', '-', '-o', 'yaml'], { stdin: text })
      expect(stdout).to.equal(text)
    })
  }

  it('makes one stream of several files', async () => {
    const files = { 'a.yaml': service.trimEnd(), 'b.yaml': `---\n${service}`, 'c.yaml': service }
    const { stdout } = await explain(['-f', 'a.yaml', '-f', 'b.yaml', '-f', 'c.yaml', '-o', 'yaml'], { files })
    expect(stdout).to.equal(`${service}---\n${service}---\n${service}`)
  })

  it('writes a document anew where aliases stand for what is changed, and says so', async () => {
    const stdin = `x: &image quay.io/my-org/api:v1.0.1\nkind: Pod\nspec: {containers: [{name: a, image: *image}]}\n`
    const { stdout, stderr } = await explain(['-f', '-', '-o', 'yaml'], { stdin })
    expect(stderr).to.include('note: standard input: document 1 is written anew, without its comments and aliases\n')
    expect(stdout).to.include('image: proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1\n')
    expect(stdout).to.include('x: quay.io/my-org/api:v1.0.1\n')
  })

  it('changes nothing in audit mode, and says so', async () => {
    const environment = { POLICY_MODE: 'audit' }
    const { stdout, stderr } = await explain(['-f', '-', '-o', 'yaml'], { stdin: deployment, environment })
    expect(stdout).to.equal(deployment)
    expect(stderr).to.equal('note: policy.mode is audit: the webhook decides, and changes nothing\n')
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

    it('prints them as they are', async () => {
      const { stdout } = await explain(['-f', '-', '-o', 'yaml'], { stdin })
      expect(stdout).to.equal(stdin)
    })
  })

  describe('with an AdmissionReview', () => {
    const recorded = (name: string) => readFile(new URL(`../fixtures/reviews/${name}.json`, import.meta.url), 'utf8')

    it('tells what would be answered', async () => {
      const { stdout } = await explain(['-f', '-', '-o', 'json'], { stdin: await recorded('deployment') })
      expect(imagesOf(stdout).map(({ image, decision }) => [image, decision])).to.deep.equal([
        ['quay.io/my-org/api:v1.0.1', 'rewrite'],
        ['redis:7', 'leave'],
      ])
    })

    it('follows the rules of its operation', async () => {
      const { exitCode, stdout } = await explain(['-f', '-', '-o', 'json'], {
        stdin: await recorded('update-image-without-secret'),
      })
      expect(imagesOf(stdout).map(({ reason }) => reason)).to.deep.equal(['no-pull-secret'])
      expect(exitCode).to.equal(1)
    })

    it('prints its Pod as it would be admitted', async () => {
      const { stdout } = await explain(['-f', '-', '-o', 'yaml'], { stdin: await recorded('deployment') })
      expect(stdout).to.match(/^kind: Pod\n/)
      expect(stdout).to.include('image: proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1\n')
    })
  })

  const nested = '['.repeat(10_000) + ']'.repeat(10_000)
  const faults: readonly [what: string, stdin: string, error: RegExp][] = [
    [
      'broken YAML',
      'kind: Pod\n---\na: 1\nb: [\n',
      /^error: standard input: document 2, line [45]: not valid YAML: [^\n]+\n$/,
    ],
    [
      'a list',
      '---\n# c\n- kind: Pod\n',
      /^error: standard input: document 1, line 3: expected a Kubernetes object, not a list\n$/,
    ],
    [
      'text',
      'kind: Pod\n---\nhello\n',
      /^error: standard input: document 2, line 3: expected a Kubernetes object, not a plain value\n$/,
    ],
    [
      'a review without a request',
      'kind: AdmissionReview\napiVersion: admission.k8s.io/v1\n',
      /^error: standard input: document 1: the AdmissionReview has no request/,
    ],
    [
      'an alias of what it is part of',
      'kind: Pod\n---\nkind: Pod\nspec: &a {x: *a, y: *a}\n',
      /^error: standard input: document 2, line 3: [^\n]*aliases that stand for [^\n]*what they are part of\n$/,
    ],
    ['deep nesting', nested, /^error: standard input: [^\n]*nested too deeply[^\n]*\n$/],
  ]
  for (const [what, stdin, error] of faults) {
    it(`says where the fault of ${what} is`, async () => {
      const outcome = await explain(['-f', '-'], { stdin })
      expect(outcome.stderr).to.match(error)
      expect(outcome.exitCode).to.equal(2)
    })
  }

  it('has nothing to say of files without Pods', async () => {
    const outcome = await explain(['-f', '-'], { stdin: service })
    expect(outcome).to.deep.equal({
      exitCode: 0,
      stdout: '',
      stderr: 'note: there is no Pod and no Pod template with an image\n',
    })
  })
})
