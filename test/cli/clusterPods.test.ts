import { join } from 'node:path'
import { expect } from 'chai'
import { imagesOf } from './explainScene.ts'
import { original, usePodsApi } from './podsApi.ts'
import { cli } from './runner.ts'

describe('explain of a cluster', () => {
  const api = usePodsApi()
  const { explain, asked } = api

  it('tells the images of all namespaces as their owner wrote them, replicas once, static Pods never', async () => {
    const { exitCode, stdout } = await explain(['-A', '-o', 'json'])
    expect(imagesOf(stdout).map(({ workload, image, decision }) => [workload, image, decision])).to.deep.equal([
      ['prod/ReplicaSet/api-6d4f', original, 'rewrite'],
      ['dev/Pod/bare', 'redis:7', 'leave'],
      ['prod/StatefulSet/db', original, 'rewrite'],
    ])
    expect(exitCode).to.equal(0)
  })

  it('reads page by page, and only Pods that have not ended', async () => {
    await explain(['-A'])
    const queries = asked
      .filter(({ pathname }) => pathname === '/api/v1/pods')
      .map(({ searchParams }) => Object.fromEntries(searchParams))
    const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
    expect(queries).to.deep.equal([
      { limit: '500', fieldSelector },
      { limit: '500', fieldSelector, continue: '1' },
    ])
  })

  it('reads one namespace', async () => {
    const { stdout } = await explain(['-n', 'dev', '-o', 'json'])
    expect(asked.map(({ pathname }) => pathname))
      .to.include('/api/v1/namespaces/dev/pods')
      .and.not.include('/api/v1/pods')
    expect(imagesOf(stdout).map(({ workload }) => workload)).to.deep.equal(['dev/Pod/bare'])
  })

  it('asks for the one MutatingWebhookConfiguration that the configuration names: the webhook’s own Pods may read no other', async () => {
    const own = { KUBECONFIG: join(api.directory, 'reader'), KUBERNETES_WEBHOOK_CONFIGURATION: 'the-releases' }
    await cli(['explain', '-n', 'dev'], { environment: { ...api.environment, ...own } })
    const queries = asked.filter(({ pathname }) => pathname.endsWith('/mutatingwebhookconfigurations'))
    expect(queries.map(({ searchParams }) => searchParams.get('fieldSelector'))).to.deep.equal([
      'metadata.name=the-releases',
    ])
  })

  it('says why the Pods cannot be read', async () => {
    const { exitCode, stderr } = await explain(['-A'], join(api.directory, 'nobody'))
    expect(exitCode).to.equal(1)
    expect(stderr).to.equal(
      "error: cannot read the cluster's Pods: the API server answers 403: pods is forbidden: to list pods must be permitted (kubectl auth can-i list pods -A); explain -n NAMESPACE reads one namespace alone\n",
    )
  })

  it('says what is wrong with KUBECONFIG', async () => {
    const { exitCode, stderr } = await explain(['-A'], join(api.directory, 'absent'))
    expect(exitCode).to.equal(2)
    expect(stderr).to.match(/^error: the kubeconfig cannot be used: cannot read .*absent: there is no such file\n$/)
  })

  it('ends with the commands that make Pods anew which run something else', async () => {
    const { stdout } = await explain(['-A'])
    expect(stdout).to.match(
      /\nThese run something else than they would be admitted with\. To make them anew:\n {2}kubectl rollout restart statefulset\/db -n prod\n$/,
    )
  })

  it('takes the cluster of ~/.kube/config where KUBECONFIG names none', async () => {
    const path = join(api.directory, '.kube/config')
    const environment = { ...api.environment, HOME: api.directory }
    const { exitCode, stdout } = await cli(['explain', '-n', 'dev', '-o', 'json'], {
      environment,
      files: { [path]: '' },
    })
    expect(imagesOf(stdout).map(({ workload }) => workload)).to.deep.equal(['dev/Pod/bare'])
    expect(exitCode).to.equal(0)
  })

  it('takes the context that it is told', async () => {
    const { exitCode, stderr } = await explain(['-A', '--context', 'unprivileged'])
    expect(stderr).to.include('the API server answers 403')
    expect(exitCode).to.equal(1)
  })

  it('says that there is no such context', async () => {
    const { exitCode, stderr } = await explain(['-A', '--context', 'absent'])
    expect(stderr).to.match(/^error: the kubeconfig cannot be used: [^\n]*absent[^\n]*\n$/)
    expect(exitCode).to.equal(2)
  })
})
