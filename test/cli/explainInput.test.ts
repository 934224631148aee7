import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { deployment, imagesOf, missing, service, useExplain } from './explainScene.ts'

describe('explain -f', () => {
  const explain = useExplain()

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

  it('says which directory cannot be read, in whichever it is', async () => {
    const error = Object.assign(new Error('denied'), { code: 'EACCES', path: 'dir/below' })
    const { exitCode, stderr } = await explain(['-f', 'dir', '-R'], { listDirectory: () => Promise.reject(error) })
    expect(stderr).to.match(/^error: cannot read dir\/below: permission denied;/)
    expect(exitCode).to.equal(2)
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
    [
      'containers that are no list',
      'kind: Service\n---\nkind: Pod\nmetadata: {name: a}\nspec: {containers: {name: a}}\n',
      /^error: standard input: document 2: Pod\/a: spec\.containers: expected a list, not a map\n$/,
    ],
    ['deep nesting', nested, /^error: standard input: [^\n]*nested too deeply[^\n]*\n$/],
  ]
  for (const [what, stdin, error] of faults) {
    it(`names the place of the fault where a manifest has ${what}`, async () => {
      const outcome = await explain(['-f', '-'], { stdin })
      expect(outcome.stderr).to.match(error)
      expect(outcome.exitCode).to.equal(2)
    })
  }

  it('refuses nothing at all, as of a pipe whose first command failed', async () => {
    const { exitCode, stderr } = await explain(['-f', '-', '-f', 'a.yaml'], { stdin: '', files: { 'a.yaml': '\n' } })
    expect(stderr).to.equal('error: standard input, a.yaml: expected manifests, and there is nothing\n')
    expect(exitCode).to.equal(2)
  })

  it('reads an empty file beside one with objects', async () => {
    const { exitCode } = await explain(['-f', '-', '-f', 'a.yaml'], { stdin: service, files: { 'a.yaml': '' } })
    expect(exitCode).to.equal(0)
  })

  it('takes comments alone for files without Pods', async () => {
    expect((await explain(['-f', '-'], { stdin: '---\n# nothing is enabled\n' })).exitCode).to.equal(0)
  })

  it("refuses what has no object at all, such as a chart's values", async () => {
    const files = { 'values.yaml': 'image: {repository: quay.io/my-org/api}\n' }
    const { exitCode, stdout, stderr } = await explain(['-f', 'values.yaml', '-o', 'json'], { files })
    expect([exitCode, stdout]).to.deep.equal([2, ''])
    expect(stderr).to.equal('error: values.yaml: document 1: expected a Kubernetes object, and it has no kind\n')
  })

  it('says which documents beside its objects are none', async () => {
    const files = { 'dir/Chart.yaml': 'apiVersion: v2\nname: my-chart\n', 'dir/b.yaml': deployment }
    const { exitCode, stdout, stderr } = await explain(['-f', 'dir', '-o', 'json'], { files })
    expect([exitCode, imagesOf(stdout).length]).to.deep.equal([0, 2])
    expect(stderr).to.equal(
      'note: not read: dir/Chart.yaml: document 1: expected a Kubernetes object, and it has no kind\n',
    )
  })

  it('has nothing to say of files without Pods', async () => {
    const outcome = await explain(['-f', '-'], { stdin: service })
    expect(outcome).to.deep.equal({
      exitCode: 0,
      stdout: '',
      stderr: 'note: there is no Pod and no Pod template with an image\n',
    })
  })
})
