import { createHash } from 'node:crypto'
import type { ServerCertificate } from '../../testbed/certificates.ts'
import { portsFrom } from '../../testbed/servers.ts'

/** The namespace of the demo's registries. */
export const namespace = 'image-proxy-demo'
/** For Pods to try. */
export const appNamespace = 'my-app'
/** Ports of the registries' Pod: see `startServers`. */
export const firstPort = 5000
const plainPort = 5080
/** Of each node, on its loopback interface alone. Nobody has registered it, and neither node ports nor ephemeral ones begin there. */
export const nodePort = 15_500

const registries = 'registries'
const nodeProxy = 'node-proxy'
const certificate = 'certificate'
const programs = 'programs'
const mounts = { programs: '/demo', certificate: '/certificate' }

/** What there must be before the certificate can be made: it names the address of the Service. */
export function firstObjects(): object[] {
  return [
    // In the node's network, where `node-proxy` is, the stricter levels allow nothing.
    namespaceOf(namespace, { 'pod-security.kubernetes.io/enforce': 'privileged' }),
    namespaceOf(appNamespace, {}),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named(registries),
      spec: {
        selector: { app: registries },
        ports: [...portsFrom(firstPort), plainPort].map((port) => ({ name: `port-${port}`, port })),
      },
    },
  ]
}

export interface Contents {
  /** With Node.js in it, as the webhook's own image has it. */
  readonly image: string
  /** Of the registries' Service. */
  readonly address: string
  readonly certificate: ServerCertificate
  readonly ca: string
  /** JavaScript, by file name: `registries.mjs` and `forward.mjs`. */
  readonly programs: Readonly<Record<string, string>>
}

/** The registries with the licensed proxy in one Pod, and on each node what makes the proxy reachable as `localhost`. */
export function workloads({ image, address, certificate: { cert, key }, ca, programs: data }: Contents): object[] {
  const secret = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }
  const annotations = {
    content: createHash('sha256')
      .update(JSON.stringify([data, secret]))
      .digest('hex'),
  }
  const template = (app: string, args: readonly (string | number)[], spec: object) => ({
    metadata: { labels: { app }, annotations },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: app,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/nodejs/bin/node', ...args.map(String)],
          ...(app === registries && { readinessProbe: { tcpSocket: { port: plainPort }, periodSeconds: 1 } }),
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: programs, mountPath: mounts.programs, readOnly: true },
            ...(app === registries ? [{ name: certificate, mountPath: mounts.certificate, readOnly: true }] : []),
          ],
        },
      ],
      volumes: [
        { name: programs, configMap: { name: programs } },
        ...(app === registries ? [{ name: certificate, secret: { secretName: certificate } }] : []),
      ],
      ...spec,
    },
  })
  const file = (name: string) => `${mounts.programs}/${name}.mjs`
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: named(programs), data },
    { apiVersion: 'v1', kind: 'Secret', metadata: named(certificate), stringData: secret },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named(registries),
      spec: {
        selector: { matchLabels: { app: registries } },
        template: template(registries, [file('registries'), mounts.certificate, firstPort, plainPort], {}),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: named(nodeProxy),
      spec: {
        selector: { matchLabels: { app: nodeProxy } },
        template: template(nodeProxy, [file('forward'), nodePort, address, plainPort], {
          hostNetwork: true,
          tolerations: [{ operator: 'Exists' }],
        }),
      },
    },
  ]
}

function namespaceOf(name: string, labels: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function named(name: string) {
  return { name, namespace, labels: { app: name } }
}
