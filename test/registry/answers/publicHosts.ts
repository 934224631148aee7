import { bearer, challenge, failure, json, manifest, manifestUnknown, status } from '../../support/registry.ts'
import { grantedToken, tokenRefused, tokenThenHead, type RegistryAnswer } from './registryAnswer.ts'

/** Hosts where anyone can have a repository. */
export const publicHosts: readonly RegistryAnswer[] = [
  {
    registry: 'Docker Hub',
    image: 'redis:7',
    when: 'the repository is public',
    part: (here) => ({ head: hub(here), token: grantedToken, headWithToken: manifest }),
    access: 'public',
    requests: tokenThenHead,
  },
  {
    registry: 'Docker Hub',
    image: 'acme/secret:1',
    when: 'the repository is private or absent',
    part: (here) => ({ head: hub(here), token: grantedToken, headWithToken: hub(here) }),
    access: 'private',
    requests: tokenThenHead,
  },
  {
    registry: 'Docker Hub',
    image: 'redis:absent',
    when: 'the tag is absent',
    part: (here) => ({ head: hub(here), token: grantedToken, headWithToken: manifestUnknown }),
    access: 'missing',
    requests: tokenThenHead,
  },
  {
    registry: 'ghcr.io',
    image: 'ghcr.io/acme/app:1',
    when: 'the repository is public',
    part: (here) => ({ head: ghcr(here), token: json(200, { token: 't' }), headWithToken: manifest }),
    access: 'public',
    requests: tokenThenHead,
  },
  {
    registry: 'ghcr.io',
    image: 'ghcr.io/acme/secret:1',
    when: 'the token endpoint says 401',
    part: (here) => ({ head: ghcr(here), token: failure(401, 'UNAUTHORIZED') }),
    access: 'private',
    requests: tokenRefused,
  },
  {
    registry: 'ghcr.io',
    image: 'ghcr.io/acme/secret:1',
    when: 'the token endpoint says 403',
    part: (here) => ({ head: ghcr(here), token: failure(403, 'DENIED') }),
    access: 'private',
    requests: tokenRefused,
  },
  {
    registry: 'ghcr.io',
    image: 'ghcr.io/acme/secret:1',
    when: 'the manifest is denied with a token',
    part: (here) => ({
      head: ghcr(here),
      token: grantedToken,
      headWithToken: status(403),
      get: failure(403, 'DENIED'),
    }),
    access: 'private',
    requests: [...tokenThenHead, 'GET manifest with token'],
  },
  {
    registry: 'ghcr.io',
    image: 'ghcr.io/acme/app:absent',
    when: 'the tag is absent',
    part: (here) => ({ head: ghcr(here), token: grantedToken, headWithToken: manifestUnknown }),
    access: 'missing',
    requests: tokenThenHead,
  },
  {
    registry: 'quay.io',
    image: 'quay.io/acme/app:1',
    when: 'the repository is public',
    part: () => ({ head: manifest }),
    access: 'public',
    requests: ['HEAD manifest'],
  },
  {
    registry: 'quay.io',
    image: 'quay.io/acme/secret:1',
    when: 'the repository is private',
    part: (here) => ({ head: quay(here), token: grantedToken, headWithToken: quay(here) }),
    access: 'private',
    requests: tokenThenHead,
  },
  {
    registry: 'quay.io',
    image: 'quay.io/acme/app:absent',
    when: 'the tag is absent',
    part: () => ({ head: manifestUnknown }),
    access: 'missing',
    requests: ['HEAD manifest'],
  },
  {
    registry: 'registry.gitlab.com',
    image: 'registry.gitlab.com/acme/app/web:1',
    when: 'the realm, on another host, refuses',
    part: (_, other) => ({ head: challenge(bearer(`${other}/token`, { service: 'container_registry' })) }),
    other: () => ({ token: failure(403, 'DENIED') }),
    access: 'private',
    requests: ['HEAD manifest', 'other: GET token'],
  },
  {
    registry: 'registry.gitlab.com',
    image: 'registry.gitlab.com/acme/app/web:1',
    when: 'the realm, on another host, grants',
    part: (_, other) => ({
      head: challenge(bearer(`${other}/token`, { service: 'container_registry' })),
      headWithToken: manifest,
    }),
    other: () => ({ token: grantedToken }),
    access: 'public',
    requests: ['HEAD manifest', 'other: GET token', 'HEAD manifest with token'],
  },
  {
    registry: 'Codeberg',
    image: 'codeberg.org/acme/app:1',
    when: 'it offers Basic and Bearer on one line',
    part: (here) => ({
      head: challenge(
        `Basic realm="Gitea, or so", ${bearer(`${here}/token`, { service: 'container_registry', scope: '*' })}`,
      ),
      token: grantedToken,
      headWithToken: manifest,
    }),
    access: 'public',
    requests: tokenThenHead,
  },
]

function hub(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'registry.docker.io', scope: 'repository:library/redis:pull' }))
}

function ghcr(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'ghcr.io', scope: 'repository:user/image:pull' }))
}

function quay(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'quay.io' }))
}
