import { bearer, challenge, failure, html, json, manifest, manifestUnknown, redirect } from '../../support/registry.ts'
import { grantedToken, tokenRefused, tokenThenHead, type RegistryAnswer } from './registryAnswer.ts'

/** Registries of clouds, and those whose content clouds hand out. */
export const clouds: readonly RegistryAnswer[] = [
  ...['gcr.io/acme', 'eu.gcr.io/acme', 'europe-docker.pkg.dev/acme/repo'].flatMap((place): RegistryAnswer[] => [
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
]

function ecrPublic(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'public.ecr.aws', scope: 'aws' }))
}

function azure(here: string) {
  return challenge(bearer(`${here}/token`, { service: 'acme.azurecr.io' }))
}
