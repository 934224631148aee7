import { expect } from 'chai'
import type { AnonymousAccess } from '../../src/decision/verdict.ts'
import {
  bearer,
  challenge,
  failure,
  html,
  json,
  manifest,
  manifestBody,
  manifestUnknown,
  playing,
  redirect,
  status,
  type Part,
} from '../support/registry.ts'
import { startScene, type Scene } from '../support/registryScene.ts'

interface Row {
  readonly registry: string
  readonly image: string
  readonly when: string
  /** How the registry answers; `other` is another host. */
  readonly part: (here: string, other: string) => Part
  readonly other?: (here: string) => Part
  readonly access: AnonymousAccess
  readonly requests: readonly string[]
}

const grantedToken = json(200, { token: 'anonymous-token', expires_in: 300 })
const tokenThenHead = ['HEAD manifest', 'GET token', 'HEAD manifest with token']
const tokenRefused = ['HEAD manifest', 'GET token']

const rows: readonly Row[] = [
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
  ...['gcr.io/acme', 'eu.gcr.io/acme', 'europe-docker.pkg.dev/acme/repo'].flatMap((place): Row[] => [
    {
      registry: place,
      image: `${place}/app:1`,
      when: 'the repository is public',
      part: () => ({ head: manifest }),
      access: 'public',
      requests: ['HEAD manifest'],
    },
    {
      registry: place,
      image: `${place}/secret:1`,
      when: 'the token endpoint denies',
      part: (here) => ({
        head: challenge(bearer(`${here}/token`, { service: 'gcr.io' })),
        token: failure(403, 'DENIED'),
      }),
      access: 'private',
      requests: tokenRefused,
    },
    {
      registry: place,
      image: `${place}/secret:1`,
      when: 'the token endpoint does not know the project',
      part: (here) => ({ head: challenge(bearer(`${here}/token`, { service: 'gcr.io' })), token: html(404) }),
      access: 'private',
      requests: tokenRefused,
    },
    {
      registry: place,
      image: `${place}/app:absent`,
      when: 'the tag is absent',
      part: () => ({ head: manifestUnknown }),
      access: 'missing',
      requests: ['HEAD manifest'],
    },
  ]),
  {
    registry: 'registry.k8s.io',
    image: 'registry.k8s.io/pause:3.10',
    when: 'it redirects to a regional host',
    part: (_, other) => ({ head: redirect(`${other}/v2/k8s/pause/manifests/3.10`) }),
    other: () => ({ head: manifest }),
    access: 'public',
    requests: ['HEAD manifest', 'other: HEAD manifest'],
  },
  {
    registry: 'registry.k8s.io',
    image: 'registry.k8s.io/pause:absent',
    when: 'the regional host does not know the tag',
    part: (_, other) => ({ head: redirect(`${other}/v2/k8s/pause/manifests/absent`) }),
    other: () => ({ head: manifestUnknown }),
    access: 'missing',
    requests: ['HEAD manifest', 'other: HEAD manifest'],
  },
  {
    registry: 'public.ecr.aws',
    image: 'public.ecr.aws/acme/app:1',
    when: 'the repository exists',
    part: (here) => ({ head: ecrPublic(here), token: grantedToken, headWithToken: manifest }),
    access: 'public',
    requests: tokenThenHead,
  },
  {
    registry: 'public.ecr.aws',
    image: 'public.ecr.aws/acme/absent:1',
    when: 'the repository is absent',
    part: (here) => ({ head: ecrPublic(here), token: grantedToken, headWithToken: failure(404, 'NAME_UNKNOWN') }),
    access: 'missing',
    requests: tokenThenHead,
  },
  {
    registry: 'Amazon ECR',
    image: '4999999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx',
    when: 'it asks for Basic credentials',
    part: (here) => ({ head: challenge(`Basic realm="${here}/",service="ecr.amazonaws.com"`) }),
    access: 'private',
    requests: ['HEAD manifest'],
  },
  {
    registry: 'Azure',
    image: 'acme.azurecr.io/app:1',
    when: 'anonymous pulls are off',
    part: (here) => ({ head: azure(here), token: failure(401, 'UNAUTHORIZED') }),
    access: 'private',
    requests: tokenRefused,
  },
  {
    registry: 'Azure',
    image: 'acme.azurecr.io/app:1',
    when: 'anonymous pulls are on',
    part: (here) => ({ head: azure(here), token: json(200, { access_token: 't' }), headWithToken: manifest }),
    access: 'public',
    requests: tokenThenHead,
  },
  {
    registry: 'mcr.microsoft.com',
    image: 'mcr.microsoft.com/dotnet/runtime:9.0',
    when: 'it answers itself',
    part: () => ({ head: manifest }),
    access: 'public',
    requests: ['HEAD manifest'],
  },
  {
    registry: 'mcr.microsoft.com',
    image: 'mcr.microsoft.com/dotnet/runtime:9.0',
    when: 'it redirects to a CDN',
    part: (_, other) => ({ head: redirect(`${other}/v2/dotnet/runtime/manifests/9.0?sig=s`) }),
    other: () => ({ head: manifest }),
    access: 'public',
    requests: ['HEAD manifest', 'other: HEAD manifest'],
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

describe('the anonymous check of a registry as it answers in the wild', () => {
  let scene: Scene
  before(async () => {
    scene = await startScene()
  })
  after(() => scene.close())

  for (const { registry, image, when, part, other, access, requests } of rows) {
    it(`finds an image of ${registry} ${access} when ${when}`, async () => {
      scene.registry.play(playing(part(scene.registry.url, scene.other.url)))
      scene.other.play(playing(other?.(scene.other.url) ?? {}))
      const domain = image.includes('.') && image.includes('/') ? (image.split('/', 1)[0] ?? '') : 'docker.io'
      const lookup = await scene.lookup([domain])

      const verdict = await lookup.ask(image)

      expect([verdict.access, scene.transcript]).to.deep.equal([access, requests])
    })
  }
})

function hub(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'registry.docker.io', scope: 'repository:library/redis:pull' }))
}

function ghcr(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'ghcr.io', scope: 'repository:user/image:pull' }))
}

function quay(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'quay.io' }))
}

function ecrPublic(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'public.ecr.aws', scope: 'aws' }))
}

function azure(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'acme.azurecr.io' }))
}

function harbor(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'harbor-registry' }))
}
