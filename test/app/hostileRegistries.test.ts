import { expect } from 'chai'
import { startAppScene, type Admitted, type AppScene, type LoggedImage, type TestApp } from '../support/app.ts'
import { hangingRegistries, uselessRegistries } from '../support/hostileRegistries.ts'
import { podReview } from '../support/podReviews.ts'

const P = 'proxy.replicated.com/proxy/my-app'
const privateImage = 'quay.io/my-org/api:v1.0.1'
const publicImage = 'redis:7'

/** What became of a Pod with an image of a hostile registry between a private and a public one. */
interface Outcome {
  readonly admitted: Admitted
  readonly logged: LoggedImage | undefined
}

const variants: readonly [
  when: string,
  check: Record<string, string>,
  hung: string,
  cases: typeof hangingRegistries,
][] = [
  [
    'where a Pod’s deadline comes before a request’s timeout',
    { deadline: '2s', timeout: '9s', total: '9s' },
    'deadline',
    [...hangingRegistries, ...uselessRegistries],
  ],
  [
    'where a request’s timeout comes before the Pod’s deadline',
    { deadline: '4s', timeout: '1500ms', total: '4s' },
    'timeout',
    hangingRegistries,
  ],
]

describe('the webhook,', () => {
  let scene: AppScene
  const servers: { close(): Promise<void> }[] = []
  const endpoints: Record<string, string> = {}
  const hosts = new Map<string, string>()
  const outcomes = new Map<string, Map<string, Outcome>>()

  before(async () => {
    scene = await startAppScene()
    const certificate = await scene.registries.authority.issue({ names: ['localhost'] })
    for (const [index, { does, start }] of [...hangingRegistries, ...uselessRegistries].entries()) {
      const server = await start(certificate)
      servers.push(server)
      hosts.set(does, `hostile-${index}.example.com`)
      endpoints[`hostile-${index}.example.com`] = `https://${server.host}`
    }
    // All at once: most of them take as long as the webhook lets them.
    await Promise.all(
      variants.map(async ([when, check, , cases]) => {
        outcomes.set(when, await askAll(await scene.start({ check: { ...check, endpoints } }), cases))
      }),
    )
  })
  after(async () => {
    await scene.close()
    await Promise.all(servers.map((server) => server.close()))
  })

  const imageOf = (does: string) => `${hosts.get(does) ?? ''}/team/app:1`

  async function askAll(app: TestApp, cases: readonly { readonly does: string }[]): Promise<Map<string, Outcome>> {
    const asked = cases.map(async ({ does }) => {
      const admitted = await app.post(podReview([privateImage, imageOf(does), publicImage]))
      const [line] = app.logged(({ uid }) => uid === admitted.uid)
      return [does, { admitted, logged: line?.images?.[1] }] as const
    })
    return new Map(await Promise.all(asked))
  }

  for (const [when, , hung, cases] of variants) {
    describe(`${when},`, () => {
      for (const { does, anonymous } of cases) {
        const reason = anonymous === 'timeout' ? hung : anonymous

        describe(`asked about an image of a registry that ${does},`, () => {
          const outcome = () => {
            const outcome = outcomes.get(when)?.get(does)
            if (outcome === undefined) throw new Error('no outcome')
            return outcome
          }

          it('lets no Pod wait beyond the deadline', () => {
            expect(outcome().admitted).to.have.property('allowed', true)
            expect(outcome().admitted.milliseconds).to.be.lessThan(6000)
          })

          it('leaves that image as it is, and decides upon the others as ever', () => {
            expect(outcome().admitted.images).to.deep.equal([`${P}/${privateImage}`, imageOf(does), publicImage])
          })

          it(`says so in one warning, and ${reason} in the log`, () => {
            const { admitted, logged } = outcome()
            const why = reason === 'rate-limited' ? 'limits requests just now' : 'could not be asked'
            expect(admitted.warnings).to.deep.equal([`image "${imageOf(does)}" is left alone: its registry ${why}`])
            expect(logged).to.include({ decision: 'leave', reason: 'unknown', anonymousReason: reason })
          })
        })
      }
    })
  }
})
