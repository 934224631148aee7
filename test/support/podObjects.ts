import type { JsonObject } from '../../src/json.ts'

/** A container of a Pod, and how it does. */
export interface ContainerState {
  readonly name?: string
  readonly image?: string
  /** `ImagePullBackOff` and the like, or `running`, `ended`, `restarted`, `restartedBefore`. Nothing where the kubelet has not said anything. */
  readonly state?: string
  readonly pullPolicy?: string
  readonly isSidecar?: boolean
  readonly mounts?: readonly string[]
}

export interface PodOptions {
  readonly name?: string
  readonly uid?: string
  readonly owner?: string | undefined
  readonly ownerName?: string
  readonly apiVersion?: string
  readonly containers?: readonly ContainerState[]
  readonly initContainers?: readonly ContainerState[]
  readonly secrets?: readonly string[]
  readonly metadata?: JsonObject
  readonly volumes?: readonly JsonObject[]
}

const image = 'quay.io/my-org/api:1'
const stuck: ContainerState = { state: 'ImagePullBackOff' }

/** A Pod of a ReplicaSet as the API server has it; its only container waits for its image where nothing else is said. */
export function podObject({
  name = 'api-1',
  uid = `uid-of-${name}`,
  owner = 'ReplicaSet',
  ownerName = 'api',
  apiVersion = 'apps/v1',
  containers = [stuck],
  initContainers = [],
  secrets = [],
  metadata = {},
  volumes = [],
}: PodOptions = {}): JsonObject {
  const reference = { apiVersion, kind: owner, name: ownerName, uid: `uid-of-${ownerName}`, controller: true }
  return {
    metadata: {
      name,
      namespace: 'my-app',
      uid,
      resourceVersion: '7',
      labels: { app: 'api' },
      ...(owner !== '' && { ownerReferences: [reference] }),
      ...metadata,
    },
    spec: {
      containers: containers.map(containerOf),
      initContainers: initContainers.map(containerOf),
      imagePullSecrets: secrets.map((secret) => ({ name: secret })),
      volumes,
    },
    status: {
      phase: 'Pending',
      containerStatuses: containers.flatMap(statusOf),
      initContainerStatuses: initContainers.flatMap(statusOf),
    },
  }
}

function containerOf({
  name = 'main',
  image: of = image,
  pullPolicy = 'IfNotPresent',
  isSidecar,
  mounts = [],
}: ContainerState) {
  return {
    name,
    image: of,
    imagePullPolicy: pullPolicy,
    command: ['sleep'],
    ...(isSidecar && { restartPolicy: 'Always' }),
    volumeMounts: mounts.map((volume) => ({ name: volume, mountPath: `/${volume}` })),
  }
}

function statusOf({ name = 'main', state }: ContainerState): JsonObject[] {
  switch (state) {
    case undefined:
      return []
    case 'running':
      return [{ name, state: { running: {} }, restartCount: 0 }]
    case 'ended':
      return [{ name, state: { terminated: { exitCode: 0 } }, restartCount: 0 }]
    case 'restarted':
      return [
        { name, state: { waiting: { reason: 'ImagePullBackOff' } }, lastState: { terminated: {} }, restartCount: 1 },
      ]
    case 'restartedBefore':
      return [{ name, state: { waiting: { reason: 'ImagePullBackOff' } }, restartCount: 1 }]
    default:
      return [{ name, state: { waiting: { reason: state } }, restartCount: 0 }]
  }
}
