import {
  bearer,
  challenge,
  failure,
  json,
  manifest,
  manifestBody,
  manifestUnknown,
  redirect,
  status,
} from '../../support/registry.ts'
import { grantedToken, tokenThenHead, type RegistryAnswer } from './registryAnswer.ts'

/** Registry servers that companies run themselves. */
export const ownServers: readonly RegistryAnswer[] = [
  {
    registry: 'Artifactory',
    image: 'acme.jfrog.io/docker/app:1',
    when: 'anonymous reads are on',
    part: () => ({ head: manifest }),
    access: 'public',
    requests: ['HEAD manifest'],
  },
  {
    registry: 'Artifactory',
    image: 'acme.jfrog.io/docker/app:1',
    when: 'it redirects to another host, which challenges',
    part: (_, other) => ({ head: redirect(`${other}/v2/docker/app/manifests/1`) }),
    other: (here) => ({
      head: challenge(bearer(`${here}/token`)),
      token: grantedToken,
      headWithToken: failure(401, 'UNAUTHORIZED'),
    }),
    access: 'private',
    requests: ['HEAD manifest', 'other: HEAD manifest', 'other: GET token', 'other: HEAD manifest with token'],
  },
  {
    registry: 'Artifactory',
    image: 'acme.jfrog.io/docker/secret:1',
    when: 'existence is hidden',
    part: () => ({ head: status(404), get: manifestUnknown }),
    access: 'missing',
    requests: ['HEAD manifest', 'GET manifest'],
  },
  {
    registry: 'Nexus',
    image: 'nexus.example.com/app:1',
    when: 'the Bearer realm is off',
    part: () => ({ head: challenge('BASIC realm="Sonatype Nexus Repository Manager"') }),
    access: 'private',
    requests: ['HEAD manifest'],
  },
  {
    registry: 'Nexus',
    image: 'nexus.example.com/app:1',
    when: 'a HEAD says 404 where a GET finds the manifest',
    part: () => ({ head: status(404), get: json(200, JSON.parse(manifestBody)) }),
    access: 'public',
    requests: ['HEAD manifest', 'GET manifest'],
  },
  {
    registry: 'Harbor',
    image: 'harbor.example.com/library/app:1',
    when: 'the project is public',
    part: (here) => ({ head: harbor(here), token: grantedToken, headWithToken: manifest }),
    access: 'public',
    requests: tokenThenHead,
  },
  {
    registry: 'Harbor',
    image: 'harbor.example.com/library/secret:1',
    when: 'the project is private',
    part: (here) => ({
      head: harbor(here),
      token: grantedToken,
      headWithToken: challenge('Basic realm="harbor"'),
    }),
    access: 'private',
    requests: tokenThenHead,
  },
  {
    registry: 'Harbor',
    image: 'harbor.example.com/absent/app:1',
    when: 'the project is absent',
    part: (here) => ({ head: harbor(here), token: grantedToken, headWithToken: challenge('') }),
    access: 'private',
    requests: tokenThenHead,
  },
  {
    registry: 'distribution with htpasswd',
    image: 'registry.example.com/app:1',
    when: 'it asks for Basic credentials',
    part: () => ({ head: challenge('Basic realm="Registry Realm"') }),
    access: 'private',
    requests: ['HEAD manifest'],
  },
]

function harbor(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'harbor-registry' }))
}
