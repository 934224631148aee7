import { createEventRecorder } from '../../../../src/cluster/events.ts'
import {
  createPullSecretKeeper,
  type PullSecretKeeper,
  type PullSecretKeeperOptions,
} from '../../../../src/cluster/pullSecrets.ts'
import { secretText } from '../../../../src/cluster/secrets.ts'
import type { WebhookConfiguration } from '../../../../src/cluster/webhookConfiguration.ts'
import type { JsonObject } from '../../../../src/json.ts'
import type { License } from '../../../../src/license/content.ts'
import { licenseFor } from '../../../support/licenses.ts'
import { useApiServer, type ApiServer } from './apiServer.ts'
import { onRequest } from './sentRequests.ts'

export const name = 'my-app-registry'
export const first = licenseFor('license-1', 'proxy.example.com')
export const second = licenseFor('license-2', 'proxy.example.com')

export interface Keeping {
  readonly keeper: PullSecretKeeper
  readonly configuration: WebhookConfiguration
  readonly owner: string
  readonly namespace: string
  readonly requests: readonly string[]
  readonly faults: readonly string[]
  use(license: License | undefined): void
  copy(): Promise<JsonObject | undefined>
  holds(license: License): Promise<boolean>
  ensure(): Promise<string>
}

export interface PullSecretStage {
  readonly server: ApiServer
  /** A keeper of one fresh namespace, started; `owner` is the webhook configuration that its copies belong to. */
  keep(options?: Partial<PullSecretKeeperOptions>, owner?: string): Promise<Keeping>
  /** One of any namespaces by any client, started, and stopped after the test. */
  keepFor(options: Pick<PullSecretKeeperOptions, 'api' | 'namespaces'>): PullSecretKeeper
  kubectl(...args: readonly string[]): Promise<unknown>
}

/** Call it in a `describe`: its tests then have the cluster of the test run, and keepers of the pull secret there. */
export function usePullSecretStage(): PullSecretStage {
  const server = useApiServer()
  return {
    server,
    keep: (options, owner) => keep(server, options, owner),
    keepFor: (options) => startKeeper(server, options),
    kubectl: (...args) => server.cluster().kubectl(args),
  }
}

function startKeeper(
  server: ApiServer,
  options: Pick<PullSecretKeeperOptions, 'api' | 'namespaces'> & Partial<PullSecretKeeperOptions>,
): PullSecretKeeper {
  const keeper = createPullSecretKeeper({
    license: () => first,
    name: () => name,
    leading: () => true,
    ...options,
  })
  keeper.start()
  server.cleanUp(() => {
    keeper.stop()
  })
  return keeper
}

async function keep(
  server: ApiServer,
  options: Partial<PullSecretKeeperOptions> = {},
  owner?: string,
): Promise<Keeping> {
  const namespace = await server.namespace()
  const requests: string[] = []
  const faults: string[] = []
  const api = await server.client()
  server.cleanUp(
    onRequest((method, path) => {
      if (path.includes(namespace)) requests.push(`${method} ${path}`)
    }),
  )
  const owned = owner ?? (await server.webhookConfiguration())
  const configuration = await server.watchedConfiguration(api, owned)
  let license: License | undefined = first
  const keeper = startKeeper(server, {
    api,
    license: () => license,
    namespaces: [namespace],
    configuration,
    events: createEventRecorder({ api, identity: 'test' }),
    observer: { fault: (subject, sentence) => faults.push(`${subject}: ${sentence ?? ''}`) },
    ...options,
  })
  const copy = () => server.get('secret', name, `--namespace=${namespace}`)
  return {
    keeper,
    configuration,
    owner: owned,
    namespace,
    requests,
    faults,
    use: (next) => {
      license = next
      keeper.licenseChanged()
    },
    copy,
    holds: async (license) => secretText((await copy()) ?? {}, '.dockerconfigjson') === license.dockerConfigJson,
    ensure: async () => keeper.ensure(namespace, 10_000),
  }
}
