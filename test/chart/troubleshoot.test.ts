import { expect } from 'chai'
import { parse } from 'yaml'
import type { ProxyVerdict } from '../../src/decision/verdict.ts'
import { report } from '../../src/server/health.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { at, manifests, only, type Manifest } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

const licensed = { appSlug: 'my-app', license: { id: 'canary-license' } }
const on = { supportBundle: { enabled: true }, preflight: { enabled: true } }
const bundleName = 'proxy-image-proxy-webhook-support-bundle'
const preflightName = 'proxy-image-proxy-webhook-preflight'

type Said = () => string | Promise<string>

/** As `/readyz?verbose` has it. */
const readyz = ({ fault, warning }: { readonly fault?: string; readonly warning?: string }) =>
  report('readyz', [{ name: 'license', fault: () => fault, warning: () => warning }], true).text
/** As `/metrics` has them. */
async function metrics(tell: (metrics: Metrics) => void): Promise<string> {
  const made = createMetrics({ version: '1.2.3' })
  tell(made)
  return made.text()
}

async function rendered(values: object = {}): Promise<Manifest[]> {
  return manifests({ ...licensed, troubleshoot: on, ...values })
}

async function specs(values: object = {}) {
  const objects = await rendered(values)
  const spec = (name: string, key: string): unknown =>
    parse(String((only(objects, 'Secret', name)['stringData'] as Record<string, string>)[key]))
  return { bundle: spec(bundleName, 'support-bundle-spec'), preflight: spec(preflightName, 'preflight.yaml') }
}

/** The keys of the members of a list, such as `logs` and `exec` of a spec's collectors. */
function kinds(spec: unknown, path: string): string[] {
  return (at(spec, path) as readonly object[]).flatMap((entry) => Object.keys(entry))
}

describeWithHelm("the specs of Replicated's tools", () => {
  it('are made on demand', async () => {
    const names = (await manifests(licensed)).map(({ metadata }) => metadata.name)
    expect(names).not.to.include.members([bundleName]).and.not.to.include.members([preflightName])
  })

  it('have the labels by which the tools find them', async () => {
    const objects = await rendered()
    expect(only(objects, 'Secret', bundleName).metadata.labels['troubleshoot.sh/kind']).to.equal('support-bundle')
    expect(only(objects, 'Secret', preflightName).metadata.labels['troubleshoot.sh/kind']).to.equal('preflight')
  })

  it('gather the log, the configuration and the state of the webhook, and Pods that wait', async () => {
    const { bundle } = await specs()
    expect(kinds(bundle, 'spec.collectors')).to.deep.equal([
      ...['clusterResources', 'logs', 'configMap', 'secret', 'exec', 'exec', 'http'],
    ])
    expect(kinds(bundle, 'spec.analyzers')).to.deep.equal([
      ...['deploymentStatus', 'textAnalyze', 'textAnalyze', 'textAnalyze', 'textAnalyze'],
      ...['secret', 'clusterPodStatuses', 'textAnalyze'],
    ])
  })

  it("select the webhook's own Pods", async () => {
    const [service, { bundle }] = await Promise.all([rendered().then((all) => only(all, 'Service')), specs()])
    const selector = Object.entries(at(service, 'spec.selector') as object).map(
      ([key, value]) => `${key}=${String(value)}`,
    )
    expect(at(bundle, 'spec.collectors.1.logs.selector')).to.have.members(selector)
    expect(at(bundle, 'spec.collectors.4.exec.selector')).to.have.members(selector)
  })

  it('look for Pods that wait in the namespaces that are covered, or in all', async () => {
    const path = 'spec.analyzers.6.clusterPodStatuses.namespaces'
    expect(at((await specs({ additionalNamespaces: ['my-app'] })).bundle, path)).to.deep.equal([
      'image-proxy-system',
      'my-app',
    ])
    const everywhere = { additionalNamespaces: ['*'], rbac: { scope: 'cluster' } }
    expect(at((await specs(everywhere)).bundle, path)).to.equal(undefined)
  })

  const proxyAnswers = (access: 'served' | 'refused') =>
    metrics(({ proxyAnswered }) => {
      proxyAnswered({ access, reason: access === 'served' ? 'readable' : 'denied' } as ProxyVerdict)
    })
  const copyIs = (result: 'written' | 'foreign') =>
    metrics(({ pullSecretWrite }) => {
      pullSecretWrite(result)
    })
  const found: readonly (readonly [analyzer: number, what: string, bad: Said, good: Said])[] = [
    [1, 'a replica that is not ready', () => readyz({ fault: 'gone' }), () => readyz({})],
    [2, 'what a replica warns of', () => readyz({ warning: 'gone' }), () => readyz({})],
    [3, 'a license that the proxy refuses', () => proxyAnswers('refused'), () => proxyAnswers('served')],
    [4, "somebody else's Secret", () => copyIs('foreign'), () => copyIs('written')],
  ]
  for (const [analyzer, what, bad, good] of found) {
    it(`find ${what} in what the webhook says`, async () => {
      const { bundle } = await specs()
      const regex = String(at(bundle, `spec.analyzers.${analyzer}.textAnalyze.regex`)).replace('(?m)', '')
      const isFound = async (said: Said) => new RegExp(regex, 'm').test(await said())
      expect([await isFound(bad), await isFound(good)]).to.deep.equal([true, false])
    })
  }

  it('leave placeholders of the tools as they are', async () => {
    const message = at((await specs()).bundle, 'spec.analyzers.6.clusterPodStatuses.outcomes.0.fail.message')
    expect(message).to.match(/^Pod \{\{ \.Namespace \}\}\/\{\{ \.Name \}\} waits/)
  })

  it('ask for images with the license where the values name some', async () => {
    const images = ['proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1']
    const { bundle, preflight } = await specs({ troubleshoot: { ...on, images } })
    for (const spec of [bundle, preflight]) {
      const collectors = at(spec, 'spec.collectors') as readonly object[]
      expect(collectors.map((collector) => at(collector, 'registryImages.images'))).to.deep.include(images)
      expect(kinds(spec, 'spec.analyzers')).to.include('registryImages')
    }
  })

  it('never hold the license, nor ask for its value', async () => {
    const { bundle, preflight } = await specs()
    expect(JSON.stringify([bundle, preflight])).not.to.include('canary')
    expect(at(bundle, 'spec.collectors.3.secret.includeValue')).to.equal(false)
  })
})
