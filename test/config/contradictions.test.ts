import { expect } from 'chai'
import * as v from 'valibot'
import { contradictions, pullSecretName } from '../../src/config/contradictions.ts'
import { knownKeys } from '../../src/config/keys.ts'
import { configSchema } from '../../src/config/schema.ts'
import { formatPath } from '../../src/config/shape.ts'

/** Where a configuration contradicts itself, and the other keys that take part. */
function contradictionsOf(value: object): (readonly [path: string, others: string[]])[] {
  const config = v.parse(
    configSchema,
    knownKeys(configSchema, value, () => undefined),
  )
  return contradictions(config).map(({ path, others }) => [formatPath(path), others.map(formatPath)])
}

describe('a configuration that contradicts itself', () => {
  const tls = ['server.tls.mode', 'server.tls.certFile', 'server.tls.keyFile']
  const table: readonly (readonly [what: string, value: object, path: string, others: string[]])[] = [
    ['by a key without its certificate', { server: { tls: { keyFile: 'k' } } }, 'server.tls.certFile', tls],
    ['by a certificate without its key', { server: { tls: { certFile: 'c' } } }, 'server.tls.keyFile', tls],
    [
      'by a certificate of its own from a file',
      { server: { tls: { mode: 'self', certFile: 'c' } } },
      tls[0] ?? '',
      tls,
    ],
    ['by a deadline after the end of a check', { check: { deadline: '11s' } }, 'check.deadline', ['check.total']],
    ['by a request longer than a check', { check: { timeout: '11s' } }, 'check.timeout', ['check.total']],
    ['by two servers on one port', { server: { port: 1 }, metrics: { port: 1 } }, 'metrics.port', ['server.port']],
    ['by a slug that names no Secret', { appSlug: 'my_app' }, 'pullSecret.name', ['appSlug']],
  ]
  for (const [what, value, path, others] of table) {
    it(`${what} is told where, and which keys take part`, () => {
      expect(contradictionsOf(value)).to.deep.equal([[path, others]])
    })
  }

  const fine: readonly (readonly [what: string, value: object])[] = [
    ['where both ports are free ones', { server: { port: 0 }, metrics: { port: 0 } }],
    ['where the pull secret has a name, whatever the slug', { appSlug: 'my_app', pullSecret: { name: 'mine' } }],
    ['where the certificate comes with its key', { server: { tls: { certFile: 'c', keyFile: 'k' } } }],
    ['where a check may take as long as it has', { check: { deadline: '10s', timeout: '10s' } }],
  ]
  for (const [what, value] of fine) {
    it(`is not one ${what}`, () => {
      expect(contradictionsOf(value)).to.deep.equal([])
    })
  }
})

describe('the name of the pull secret', () => {
  it('is made of the slug', () => {
    expect(pullSecretName('my-app')).to.equal('my-app-registry')
  })
})
