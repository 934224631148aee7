/** The domain of Docker Hub in the names of images, whichever host serves them. */
export const dockerHub = 'docker.io'

const dockerHubNames = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io'])

/**
 * The name under which a registry is known: in lower case, and one for all of Docker Hub's.
 * `registryHost('INDEX.docker.io')` is `docker.io`.
 */
export function registryHost(domain: string): string {
  const host = domain.toLowerCase()
  return dockerHubNames.has(host) ? dockerHub : host
}
