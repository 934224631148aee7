import { createAuthority, type Authority } from '../../../../testbed/certificates.ts'
import type { World } from './world.ts'

interface Certificate {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly isCA?: boolean
    readonly commonName?: string
    readonly secretName: string
    readonly dnsNames?: readonly string[]
    readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string }
  }
}

interface Issuer {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly selfSigned?: object; readonly ca?: { readonly secretName: string } }
}

interface WebhookConfiguration {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly webhooks: readonly unknown[]
}

/** Does what cert-manager and its CA injector would, when told to. */
export interface CertManager {
  /** Issues each Certificate of the namespace that is no CA's, into the Secret that it names. */
  issue(): Promise<void>
  /** Writes the caBundle that a MutatingWebhookConfiguration's annotation asks for. */
  inject(configuration: string): Promise<void>
}

const injectFrom = 'cert-manager.io/inject-ca-from'

export function playCertManager({ cluster }: World, namespace: string): CertManager {
  /** By the Secret that would hold it. */
  const authorities = new Map<string, Authority>()

  async function list<T>(kind: string): Promise<readonly T[]> {
    const { stdout } = await cluster.kubectl(['get', kind, `--namespace=${namespace}`, '--output=json'])
    return (JSON.parse(stdout) as { items: readonly T[] }).items
  }

  /** Of the CA that a Certificate asks for, which must be there, and self-signed. */
  async function authorityFor({ spec: { issuerRef } }: Certificate): Promise<Authority> {
    const secretName = (await issuer(issuerRef)).spec.ca?.secretName ?? ''
    const certificates = await list<Certificate>('certificates.cert-manager.io')
    const ca = named(
      `CA in ${secretName}`,
      certificates,
      ({ spec }) => spec.isCA === true && spec.secretName === secretName,
    )
    if ((await issuer(ca.spec.issuerRef)).spec.selfSigned === undefined) throw new Error('the CA is not self-signed')
    const authority = authorities.get(secretName) ?? (await createAuthority(ca.spec.commonName))
    authorities.set(secretName, authority)
    return authority
  }

  async function issuer({ name, kind, group }: Certificate['spec']['issuerRef']): Promise<Issuer> {
    const issuers = await list<Issuer>(`${kind}.${group}`)
    return named(`${kind} ${name}`, issuers, ({ metadata }) => metadata.name === name)
  }

  return {
    async issue() {
      for (const certificate of await list<Certificate>('certificates.cert-manager.io')) {
        const { isCA, dnsNames = [], secretName } = certificate.spec
        if (isCA === true) continue
        const authority = await authorityFor(certificate)
        const { cert, key } = await authority.issue({ names: dnsNames })
        const stringData = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.certificate }
        const metadata = { name: secretName, namespace }
        const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData }
        await cluster.apply(JSON.stringify(secret))
      }
    },

    async inject(configuration) {
      const subject = `mutatingwebhookconfiguration/${configuration}`
      const { stdout } = await cluster.kubectl(['get', subject, '--output=json'])
      const { metadata, webhooks } = JSON.parse(stdout) as WebhookConfiguration
      const certificates = await list<Certificate>('certificates.cert-manager.io')
      const source = metadata.annotations?.[injectFrom] ?? 'nothing'
      const { spec } = named(
        `Certificate ${source}`,
        certificates,
        (one) => `${namespace}/${one.metadata.name}` === source,
      )
      const get = ['get', 'secret', spec.secretName, `--namespace=${namespace}`]
      const { stdout: ca } = await cluster.kubectl([...get, '--output=jsonpath={.data.ca\\.crt}'])
      const path = (index: number) => `/webhooks/${index}/clientConfig/caBundle`
      const patch = webhooks.map((_, index) => ({ op: 'add', path: path(index), value: ca }))
      await cluster.kubectl(['patch', subject, '--type=json', `--patch=${JSON.stringify(patch)}`])
    },
  }
}

function named<T>(what: string, all: readonly T[], is: (one: T) => boolean): T {
  const found = all.find(is)
  if (found === undefined) throw new Error(`there is no ${what}`)
  return found
}
