import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run, type Output } from '../../support/command.ts'

/** A cluster for the tests. All they need from outside this repository is in this file. */
export interface Cluster {
  /** The address of this machine as the API server sees it. */
  readonly hostAddress: string
  /** The environment in which `kubectl` and `helm` are found and reach the cluster. */
  readonly env: NodeJS.ProcessEnv
  kubectl(args: readonly string[], options?: { input?: string }): Promise<Output>
  /** Applies manifests. kubectl prints the warnings of an admission to `stderr`. */
  apply(manifests: string, ...args: readonly string[]): Promise<Output>
  /** What only a cluster of the script can do; throws for any other one. */
  script(): ClusterScript
  /** Stops what `up` started: nothing where the cluster was there before. */
  down(): Promise<void>
}

/** A cluster of one node that is this machine's own. */
export interface ClusterScript {
  /** Addresses of this machine, at each of which every port is free. */
  readonly furtherAddresses: readonly string[]
  /** The authority of registries that the node trusts, PEM. */
  readonly registryAuthority: { readonly cert: string; readonly key: string }
  /** A docker-archive with busybox in it. */
  readonly busybox: string
  /** A docker-archive with the image that was built last. */
  readonly built: string
  /** Where the kubelet finds static Pods. */
  readonly staticPods: string
  /** Makes a name known to the node and its Pods. */
  resolve(name: string, address: string): Promise<void>
  /** Builds the Dockerfile in a directory, and gives the image to the node. */
  buildImage(name: string, directory: string): Promise<void>
  /** Gives an image of the node a further name. */
  tagImage(name: string, further: string): Promise<void>
  /** Has a firewall drop every packet from the node and its Pods to this address. @returns what takes it away again */
  firewall(address: string): Promise<() => Promise<void>>
  /** Whether Pods can connect to this address at this moment: a Service's leads somewhere only when kube-proxy says so. */
  connects(address: string, port: number): Promise<boolean>
  /** Stops a part of the cluster, and starts it again after so many milliseconds. Default: at once. */
  restart(part: 'kube-apiserver', absence?: number): Promise<void>
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
    script: () => scripted(env),
    down,
  }
}

function scripted(env: NodeJS.ProcessEnv): ClusterScript {
  if (env['CLUSTER_STATE'] === undefined) throw new Error('this needs a cluster of the script, not that of KUBECONFIG')
  const state = env['CLUSTER_STATE']
  const script = clusterScript()
  const tell = async (...args: readonly string[]) => {
    await run(script, args, { env })
  }
  const text = (name: string) => readFileSync(required(env, name), 'utf8')
  /** In the network of the node, which its Pods reach everything through. */
  const onNode = async (...command: readonly string[]) => {
    const pid = readFileSync(join(state, 'pid/containerd'), 'utf8').trim()
    await run('nsenter', ['--target', pid, '--net', ...command])
  }
  const images = ['--address', join(state, 'run/containerd.sock'), '--namespace', 'k8s.io', 'images']
  return {
    furtherAddresses: required(env, 'CLUSTER_EXTRA_IPS').split(' '),
    registryAuthority: { cert: text('CLUSTER_REGISTRY_CA_CERT'), key: text('CLUSTER_REGISTRY_CA_KEY') },
    busybox: join(dirname(state), 'busybox.tar'),
    built: join(dirname(state), 'image.tar'),
    staticPods: join(state, 'manifests'),
    resolve: (name, address) => tell('host', name, address),
    buildImage: (name, directory) => tell('image', name, directory),
    tagImage: async (name, further) => {
      await run('ctr', [...images, 'tag', name, further])
    },
    firewall: async (address) => {
      const iptables = async (action: '-I' | '-D') => {
        for (const chain of ['OUTPUT', 'FORWARD'])
          await onNode('iptables', '-w', action, chain, '-d', address, '-j', 'DROP')
      }
      await iptables('-I')
      return () => iptables('-D')
    },
    connects: (address, port) =>
      onNode('timeout', '1', 'bash', '-c', `</dev/tcp/${address}/${port}`).then(
        () => true,
        () => false,
      ),
    restart: async (part, absence = 0) => {
      await tell('stop', part)
      await pause(absence)
      await tell('start', part)
    },
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
