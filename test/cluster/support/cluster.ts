import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { run, type Output } from './command.ts'

/** A cluster for the tests. All they need from outside this repository is in this file. */
export interface Cluster {
  /** The address of this machine as the API server sees it. */
  readonly hostAddress: string
  /** The environment in which `kubectl` and `helm` are found and reach the cluster. */
  readonly env: NodeJS.ProcessEnv
  kubectl(args: readonly string[], options?: { input?: string }): Promise<Output>
  /** Applies manifests. kubectl prints the warnings of an admission to `stderr`. */
  apply(manifests: string, ...args: readonly string[]): Promise<Output>
  /** Stops what `up` started: nothing where the cluster was there before. */
  down(): Promise<void>
}

/**
 * Brings up the throw-away cluster of the script that CLUSTER_SCRIPT names (by default that of a folder beside this
 * repository), building it first where that was never done. Where KUBECONFIG is set the tests take that cluster instead,
 * and reach it from CLUSTER_HOST_IP, or from this machine's first address.
 */
export async function up(): Promise<Cluster> {
  if (process.env['KUBECONFIG'] !== undefined) {
    return connect({ ...process.env }, process.env['CLUSTER_HOST_IP'] ?? firstAddress(), () => Promise.resolve())
  }
  const script = clusterScript()
  const down = async () => {
    await run(script, ['down'])
  }
  await run(script, ['build'])
  try {
    await run(script, ['up'])
    const env = await environment(script)
    return connect(env, required(env, 'CLUSTER_HOST_IP'), down)
  } catch (error) {
    await down()
    throw error
  }
}

/** The value of a variable of `env`; throws where there is none. */
export function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

function connect(env: NodeJS.ProcessEnv, hostAddress: string, down: () => Promise<void>): Cluster {
  const kubectl: Cluster['kubectl'] = (args, options) => run('kubectl', args, { ...options, env })
  return {
    hostAddress,
    env,
    kubectl,
    apply: (manifests, ...args) => kubectl(['apply', '--filename=-', ...args], { input: manifests }),
    down,
  }
}

function clusterScript(): string {
  const script =
    process.env['CLUSTER_SCRIPT'] ?? fileURLToPath(new URL('../../../../shared/cluster/cluster', import.meta.url))
  if (existsSync(script)) return script
  throw new Error(
    `${script} does not exist: set KUBECONFIG to a cluster for the tests, or CLUSTER_SCRIPT to a script that starts one`,
  )
}

/** The script prints `export` lines, whose quoting a shell knows best. */
async function environment(script: string): Promise<NodeJS.ProcessEnv> {
  const { stdout } = await run('bash', ['-c', 'eval "$("$0" env)" && env --null', script])
  return Object.fromEntries(
    stdout
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

function firstAddress(): string {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  if (address === undefined)
    throw new Error('this machine has no address that a cluster could reach: set CLUSTER_HOST_IP')
  return address
}
