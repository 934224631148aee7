/** How one fixture comes about. Everything happens in the namespace `my-app`. */
export interface Scenario {
  /** The fixture's name. */
  readonly name: string
  /** The manifest that is applied; by default the one of the fixture's name. */
  readonly manifest?: string
  /** A fixture whose patch the Pod is created with, so that it looks as if this webhook had admitted it. */
  readonly admittedAs?: string
  /** The manifest goes to the kubelet's directory of static Pods. */
  readonly static?: boolean
  /** Further arguments of `kubectl apply`. */
  readonly apply?: readonly string[]
  /** A `kubectl` command afterwards. */
  readonly then?: readonly string[]
  /** The request that is kept; CREATE of a Pod by default. */
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly subResource?: 'ephemeralcontainers'
}

const debug = ['debug', 'api', '--container=debugger', '--target=api', '--profile=general']
const ephemeral = { operation: 'UPDATE', subResource: 'ephemeralcontainers' } as const

/** A row a fixture. */
export const scenarios: readonly Scenario[] = [
  { name: 'bare-pod' },
  { name: 'deployment' },
  { name: 'statefulset' },
  { name: 'daemonset' },
  { name: 'job' },
  { name: 'cronjob', then: ['create', 'job', 'nightly-report-by-hand', '--from=cronjob/nightly-report'] },
  { name: 'static-mirror-pod', static: true },
  { name: 'server-dry-run', manifest: 'bare-pod', apply: ['--dry-run=server'] },

  { name: 'init-container' },
  { name: 'sidecar' },
  { name: 'image-volume' },
  { name: 'tag-and-digest' },
  { name: 'docker-hub-names' },
  { name: 'odd-references' },
  { name: 'public-images' },
  { name: 'hosted-images' },
  { name: 'multi-image' },
  { name: 'bench-three-images' },

  { name: 'already-rewritten' },
  { name: 'existing-annotations' },
  { name: 'existing-pull-secret' },
  { name: 'service-account-with-pull-secrets' },
  { name: 'opted-out-containers' },

  {
    name: 'update-image',
    manifest: 'existing-annotations',
    admittedAs: 'existing-annotations',
    then: ['set', 'image', 'pod/existing-annotations', 'api=quay.io/my-org/api:v1.0.2'],
    operation: 'UPDATE',
  },
  {
    name: 'update-image-to-public',
    manifest: 'existing-annotations',
    admittedAs: 'existing-annotations',
    then: ['set', 'image', 'pod/existing-annotations', 'api=registry.k8s.io/pause:3.10'],
    operation: 'UPDATE',
  },
  {
    name: 'update-image-without-secret',
    manifest: 'bare-pod',
    then: ['set', 'image', 'pod/api', 'api=quay.io/my-org/api:v1.0.2'],
    operation: 'UPDATE',
  },
  {
    name: 'update-same-manifest',
    manifest: 'bare-pod',
    admittedAs: 'bare-pod',
    then: ['apply', '--filename=test/e2e/manifests/bare-pod.yaml'],
    operation: 'UPDATE',
  },
  {
    name: 'update-label',
    manifest: 'bare-pod',
    admittedAs: 'bare-pod',
    then: ['label', 'pod/api', 'tier=web'],
    operation: 'UPDATE',
  },
  {
    name: 'update-label-of-unpatched',
    manifest: 'bare-pod',
    then: ['label', 'pod/api', 'tier=web'],
    operation: 'UPDATE',
  },
  {
    name: 'kubectl-debug',
    manifest: 'bare-pod',
    admittedAs: 'bare-pod',
    then: [...debug, '--image=quay.io/my-org/debug-tools:2'],
    ...ephemeral,
  },
  {
    name: 'kubectl-debug-public',
    manifest: 'bare-pod',
    admittedAs: 'bare-pod',
    then: [...debug, '--image=busybox:1.36'],
    ...ephemeral,
  },
  {
    name: 'kubectl-debug-without-secret',
    manifest: 'bare-pod',
    then: [...debug, '--image=quay.io/my-org/debug-tools:2'],
    ...ephemeral,
  },
  { name: 'delete', manifest: 'bare-pod', then: ['delete', 'pod/api', '--wait=false'], operation: 'DELETE' },
]
