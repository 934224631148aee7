import { expect } from 'chai'
import { imagesOf } from './explainScene.ts'
import { usePodsApi } from './podsApi.ts'

describe('explain of a cluster of which the webhook is asked about some namespaces', () => {
  const api = usePodsApi()
  const { explain, asked } = api

  it('tells why it is not asked about the others', async () => {
    const { stdout } = await explain(['-A', '-o', 'json'])
    expect(imagesOf(stdout).map(({ workload, notAsked }) => [workload, notAsked])).to.deep.equal([
      ['prod/ReplicaSet/api-6d4f', undefined],
      ['dev/Pod/bare', 'namespace dev has the label image-proxy-webhook/ignore=true'],
      ['prod/StatefulSet/db', undefined],
    ])
  })

  it('says so in the table', async () => {
    const { stdout } = await explain(['-A'])
    expect(stdout).to.match(
      /dev\/Pod\/bare .* not asked .* the webhook is not asked: namespace dev has the label image-proxy-webhook\/ignore=true\. Asked, it would leave it alone: readable without credentials\n/,
    )
  })

  it('reads the labels of one namespace where one is asked for', async () => {
    await explain(['-n', 'dev'])
    expect(asked.map(({ pathname }) => pathname))
      .to.include('/api/v1/namespaces/dev')
      .and.not.include('/api/v1/namespaces')
  })

  it('says what cannot be known where it may read Pods alone', async () => {
    api.isBlind = true
    const { exitCode, stdout } = await explain(['-A', '-o', 'json'])
    expect(imagesOf(stdout)).to.have.length(3)
    expect((JSON.parse(stdout) as { notes: string[] }).notes.map((note) => note.split(':')[0])).to.deep.equal([
      'whether the webhook is asked about these Pods is not known',
      'whether a namespace opts out by the label image-proxy-webhook/ignore is not known',
    ])
    expect(exitCode).to.equal(0)
  })

  it('says it beside a table as notes', async () => {
    api.isBlind = true
    const { stderr } = await explain(['-A'])
    expect(stderr).to.match(
      /^note: whether the webhook is asked [^\n]* is forbidden\nnote: whether a namespace opts out/,
    )
  })
})
