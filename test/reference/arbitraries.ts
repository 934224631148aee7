import fc from 'fast-check'

import { formatReference } from '../../src/reference/reference.ts'
import type { Reference } from '../../src/reference/reference.ts'

const component = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/)
const path = fc.array(component, { minLength: 2, maxLength: 4 }).map((components) => components.join('/'))

export const tag = fc.stringMatching(/^\w[\w.-]{0,127}$/)

export const digest = fc.oneof(
  fc.stringMatching(/^[a-f0-9]{64}$/).map((hex) => `sha256:${hex}`),
  fc.stringMatching(/^[a-f0-9]{96}$/).map((hex) => `sha384:${hex}`),
  fc.stringMatching(/^[a-f0-9]{128}$/).map((hex) => `sha512:${hex}`),
)

export const hostName = fc.stringMatching(
  /^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?){1,3}$/,
)

const domain = fc.oneof(
  hostName,
  hostName.map((host) => host.toUpperCase()),
  fc.tuple(hostName, fc.nat()).map(([host, port]) => `${host}:${port}`),
  fc
    .ipV6()
    .filter((address) => !address.includes('.'))
    .map((address) => `[${address}]`),
  fc.constantFrom('docker.io', 'localhost', 'Acme'),
)

/** References with a registry of every kind. */
export const reference: fc.Arbitrary<Reference> = fc.record(
  { domain, path, tag, digest },
  { requiredKeys: ['domain', 'path'], noNullPrototype: true },
)

const fragment = fc.constantFrom(
  ...['a', 'Z', '0', '.', '_', '-', '/', ':', '@', '[', ']', ' ', '\n', '\0', 'é', '\ud800'],
  'redis',
  'docker.io',
  'index.docker.io',
  'quay.io',
  'localhost',
  'Acme',
  '[::1]',
  'my_host.example',
  'sha256:',
  '__',
)

/** Anything, and much that is nearly a reference. */
export const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragment, { maxLength: 12 }).map((fragments) => fragments.join('')),
  fc
    .tuple(reference.map(formatReference), fc.nat(), fragment)
    .map(([written, at, added]) => written.slice(0, at % written.length) + added + written.slice(at % written.length)),
)
