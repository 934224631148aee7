import { loadAuthority, type ServerCertificate } from '../../../../testbed/certificates.ts'
import { startDockerRegistry, type DockerRegistry, type RegistryRequest } from '../../../support/dockerRegistry.ts'
import { startLicensedProxy, type LicensedProxy, type Link } from '../../../../testbed/licensedProxy.ts'
import { appSlug, customer, licenseId, renewedLicenseId, vendor, type Account } from './accounts.ts'
import { createImageStore } from './imageStore.ts'
import { startTokenServer } from './tokenServer.ts'

/** Where the scene's servers listen, and how their names are made known. */
export interface Stage {
  /** An address of this machine, and further ones, at each of which port 443 is free. */
  readonly address: string
  readonly furtherAddresses: readonly string[]
  /** The authority of registries that nodes trust. */
  readonly authority: ServerCertificate
  /** A docker-archive. */
  readonly busybox: string
  /** Makes a name known to nodes and Pods. */
  resolve(name: string, address: string): Promise<void>
}

/** Registries of the vendor and of others, real ones with images that run, and the licensed proxy in front of the vendor's. */
export interface Scene {
  readonly proxy: LicensedProxy
  /** PEM of the authority that signed every certificate. */
  readonly ca: string
  /** Puts an image of its own where `reference`, with a tag, says. @returns its digest */
  push(reference: string): Promise<string>
  /** Puts the image of a docker-archive there. */
  copy(archive: string, reference: string): Promise<void>
  /** Where the registry of that name listens. */
  addressOf(registry: string): string
  /** What the registry of that name answered so far. */
  requests(registry: string): readonly RegistryRequest[]
  close(): Promise<void>
}

interface Place {
  /** As images have it; what serves it may have further names. */
  readonly names: readonly string[]
  readonly address: string
  readonly port: number
  readonly account?: Account
  readonly bearer?: boolean
}

const proxyNames = ['proxy.replicated.com', 'registry.replicated.com'] as const
const hostedName = 'registry.replicated.com'

/** On Docker Hub's stand-in. */
const isPublic = (repository: string) => repository.startsWith('library/')

/** Starts everything; rejects, with all of it ended, where one thing does not start. */
export async function startScene(stage: Stage): Promise<Scene> {
  const closes: (() => Promise<void>)[] = []
  const close = async () => {
    for (const end of closes.splice(0).reverse()) await end()
  }
  try {
    return { ...(await start(stage, closes)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(stage: Stage, closes: (() => Promise<void>)[]): Promise<Omit<Scene, 'close'>> {
  const authority = await loadAuthority(stage.authority)
  const ca = authority.certificate
  const images = await createImageStore(stage.busybox)
  closes.push(images.close)

  const { account, ...places } = placesOn(stage)
  const tokens = await startTokenServer({ authority, address: stage.address, port: 8445, account, isPublic })
  closes.push(tokens.close)

  const registries = new Map<string, DockerRegistry & Place>()
  async function startRegistry(place: Place): Promise<void> {
    const { names, address, port, account, bearer = false } = place
    const registry = await startDockerRegistry({
      tls: await authority.issue({ names: [...names.map(withoutPort), address] }),
      ca,
      address,
      port,
      ...(bearer ? { tokens: tokens.trust } : account && { htpasswd: account }),
    })
    closes.push(registry.stop)
    for (const name of names) registries.set(name, { ...registry, ...place })
  }
  await Promise.all([...places.linked, ...places.others, places.hosted].map(startRegistry))

  function linkTo(name: string): Link {
    const { url, account } = registry(name)
    return { url, ca, ...account }
  }
  function registry(name: string): DockerRegistry & Place {
    const found = registries.get(name)
    if (found === undefined) throw new Error(`there is no registry ${name}`)
    return found
  }
  const links = Object.fromEntries(
    places.linked.flatMap(({ names }) => names.map((name) => [withoutPort(name), linkTo(name)] as const)),
  )
  const proxy = await startLicensedProxy({
    certificate: await authority.issue({ names: proxyNames }),
    listen: { host: places.proxy, port: 443 },
    licenses: [licenseId, renewedLicenseId],
    apps: [appSlug],
    links,
    hosted: linkTo(hostedName),
  })
  closes.push(proxy.close)
  for (const { names, address } of [...places.linked, ...places.others]) {
    for (const name of names) await stage.resolve(withoutPort(name), address)
  }
  for (const name of proxyNames) await stage.resolve(name, places.proxy)

  return {
    proxy,
    ca,
    addressOf: (name) => registry(name).address,
    requests: (name) => registry(name).requests,
    async copy(archive, reference) {
      const { name, path } = split(reference)
      const { address, port, account } = registry(name)
      await images.copy(archive, `${address}:${port}/${path}`, account)
    },
    async push(reference) {
      const { name, path } = split(reference)
      const { address, port, account } = registry(name)
      return images.push(`${address}:${port}/${path}`, account)
    },
  }
}

function placesOn({ address, furtherAddresses }: Stage) {
  const [quay = '', hub = '', ecr = '', gcr = '', proxy = '', open = ''] = furtherAddresses
  const at = (names: readonly string[], address: string, account?: Account, port = 443): Place => ({
    names,
    address,
    port,
    ...(account && { account }),
  })
  return {
    account: vendor,
    /** The vendor's, that the proxy pulls from. */
    linked: [
      at(['quay.io'], quay, vendor),
      { ...at(['docker.io', 'registry-1.docker.io'], hub, vendor), bearer: true },
      at(['4999999999999.dkr.ecr.us-east-2.amazonaws.com'], ecr, vendor),
      at(['gcr.io'], gcr, vendor),
      at(['registry.example.com:5000'], address, vendor, 5000),
    ],
    others: [at(['registry.k8s.io'], open), at(['registry.customer.example'], address, customer)],
    /** Nobody sees it but the proxy, which answers in its name. */
    hosted: at([hostedName], address, vendor, 8444),
    proxy,
  }
}

function withoutPort(name: string): string {
  return name.replace(/:\d+$/, '')
}

/** The registry of a reference, and where the image is in it. */
function split(reference: string): { readonly name: string; readonly path: string } {
  const [first = '', ...rest] = reference.split('/')
  if (rest.length > 0 && /[.:]/.test(first)) return { name: first, path: rest.join('/') }
  return { name: 'docker.io', path: rest.length > 0 ? reference : `library/${reference}` }
}
