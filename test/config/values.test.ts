import { expect } from 'chai'
import * as v from 'valibot'
import * as values from '../../src/config/values.ts'

/** For each kind of value what it takes, and what becomes of it; what it refuses. test/config/faultyTexts.ts has the sentences. */
const table: readonly {
  readonly kind: string
  readonly schema: v.GenericSchema
  readonly takes: readonly (readonly [value: unknown, becomes?: unknown])[]
  readonly refuses: readonly unknown[]
}[] = [
  {
    kind: 'a registry host',
    schema: values.domain,
    takes: [['A.Example', 'a.example'], ['a.example:5000'], ['localhost'], ['[::1]:5000']],
    refuses: ['images', 'a.example/x', 'https://a.example', 'a.example:0', 'a.example:65536', `${'a.'.repeat(130)}b`],
  },
  {
    kind: 'a slug',
    schema: values.slug,
    takes: [[''], ['my-app'], ['my_app.2'], ['my--app']],
    refuses: ['My-App', 'my/app', '-app', 'app-', 'my___app', 'a'.repeat(256)],
  },
  { kind: 'a license id', schema: values.licenseId, takes: [['2aBc']], refuses: ['', 'a b', 'a\nb', 12345] },
  {
    kind: 'a duration',
    schema: values.duration,
    takes: [
      ['2s', 2000],
      ['1h30m', 5_400_000],
      [0, 0],
      ['24d', 2_073_600_000],
    ],
    refuses: ['2', 2, '-1s', '25d', 'soon', true],
  },
  { kind: 'a duration that leaves time', schema: values.positiveDuration, takes: [['1ms', 1]], refuses: ['0', 0] },
  {
    kind: 'the name of a Secret',
    schema: values.secretName,
    takes: [['a'], ['my-secret.v1'], ['replicated-registry']],
    refuses: ['', 'replicated', 'My', 'a_b', '-a', 'a..b', 'a'.repeat(254)],
  },
  {
    kind: 'a namespace',
    schema: values.namespace,
    takes: [['*'], ['my-app'], ['a'.repeat(63)]],
    refuses: ['', 'my-*', 'a.b', 'My', 'a'.repeat(64)],
  },
  {
    kind: 'the host of a certificate',
    schema: values.certificateHost,
    takes: [['webhook.my-system.svc'], ['10.0.0.1'], ['fd00::1']],
    refuses: ['', 'a_b', 'Webhook', 'a.example:443'],
  },
  { kind: 'a port', schema: values.port, takes: [[0], [65_535]], refuses: [-1, 65_536, 1.5, '80'] },
  {
    kind: 'an endpoint',
    schema: values.endpoint,
    takes: [['https://a.example'], ['https://a.example:5000/v2/x'], ['HTTPS://a.example']],
    refuses: ['http://a.example', 'https://', 'https://u@a.example', 'https://a.example?x', 'https://a.example#x'],
  },
  {
    kind: 'the pattern of a rule',
    schema: values.namePattern,
    takes: [
      ['quay.io/my-org/*'],
      ['docker.io/library/redis'],
      ['**/redis'],
      ['*.example.com/**'],
      ['localhost:5000/a'],
    ],
    refuses: ['redis', 'my-org/app', 'quay.io', 'quay.io/a:1', 'quay.io/A', ''],
  },
]

for (const { kind, schema, takes, refuses } of table) {
  describe(`${kind} in the configuration`, () => {
    for (const [value, becomes = value] of takes) {
      it(`may be ${JSON.stringify(value)}`, () => {
        expect(v.safeParse(schema, value)).to.include({ success: true, output: becomes })
      })
    }
    for (const value of refuses) {
      it(`may not be ${JSON.stringify(value).slice(0, 80)}`, () => {
        expect(v.safeParse(schema, value).success).to.equal(false)
      })
    }
  })
}
