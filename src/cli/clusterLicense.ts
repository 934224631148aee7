import type { Config } from '../config/config.ts'
import type { LicenseSource } from '../license/source.ts'
import { openCluster } from './openCluster.ts'
import type { CliContext } from './terminal/context.ts'

/**
 * The source of a license that the configuration has in a Secret of the cluster, as that of the webhook's own Pods has.
 * Undefined where it names none, or where a file is named too: the command line can name a file alone.
 */
export function clusterLicense(
  { license: { secret, file }, kubernetes }: Pick<Config, 'license' | 'kubernetes'>,
  context: CliContext,
): LicenseSource | undefined {
  if (secret === undefined || file !== undefined) return undefined
  return async (hosts, listener) => {
    const api = await openCluster(context)
    const { watchLicenseSecret } = await import('../cluster/licenseSecret.ts')
    const namespace = kubernetes.namespace ?? api.namespace
    return new Promise((resolve) => {
      const watch = watchLicenseSecret({
        api,
        namespace,
        name: secret,
        hosts,
        listener: (state) => {
          listener(state)
          resolve({
            stop: () => {
              watch.stop()
              api.close()
            },
          })
        },
      })
    })
  }
}
