import { expect } from 'chai'
import { admitted, deployment, service, useExplain } from './explainScene.ts'

describe('explain -f … -o yaml', () => {
  const explain = useExplain()

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
    '---\r\n---\r\nkind: A\r\n',
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

  it('prints the Pods of a namespace that opts out as they are', async () => {
    const labels = '{image-proxy-webhook/ignore: "true"}'
    const stdin = `kind: Namespace\nmetadata: {name: prod, labels: ${labels}}\n---\n${deployment}`
    const { stdout } = await explain(['-f', '-', '-o', 'yaml'], { stdin })
    expect(stdout).to.equal(stdin)
  })
})
