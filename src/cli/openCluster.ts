import { join } from 'node:path'
import type { Api } from '../kubernetes/api.ts'
import { connect } from '../kubernetes/connect.ts'
import { isFault, UsageError, type CliContext } from './terminal/context.ts'

/** What `kubectl` allows itself, and how many objects it asks for in one answer. */
const requestsPerSecond = 50
export const pageSize = 500

/**
 * Connects to the cluster that KUBECONFIG or `~/.kube/config` names, or to the one in whose Pod this runs.
 * @throws UsageError where there is none, or where the kubeconfig cannot be used
 */
export async function openCluster(
  { environment, readFile }: Pick<CliContext, 'environment' | 'readFile'>,
  kubeContext?: string,
): Promise<Api> {
  const { KUBECONFIG = '' } = environment
  const kubeconfig = KUBECONFIG === '' ? await personsKubeconfig(environment, readFile) : KUBECONFIG
  try {
    const api = await connect({
      environment,
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(kubeContext !== undefined && { context: kubeContext }),
      requestsPerSecond,
      userAgent: 'image-proxy-webhook',
    })
    if (api !== undefined) return api
  } catch (error) {
    if (isFault(error)) throw new UsageError(`the kubeconfig cannot be used: ${error.message}`)
    throw error
  }
  throw new UsageError('no cluster is named: set KUBECONFIG to the path of a kubeconfig file, or write ~/.kube/config')
}

/** Where kubectl looks as well; undefined where there is none. */
async function personsKubeconfig(
  { HOME: home }: CliContext['environment'],
  readFile: CliContext['readFile'],
): Promise<string | undefined> {
  if (!home) return undefined
  const path = join(home, '.kube/config')
  return readFile(path).then(
    () => path,
    () => undefined,
  )
}
