import { expect } from 'chai'
import fc from 'fast-check'
import { loadConfig } from '../../src/config/load.ts'
import { licenseFromDockerConfig, licenseFromFile } from '../../src/license/content.ts'
import { tryParseReference } from '../../src/reference/reference.ts'
import { parseChallenges } from '../../src/registry/auth/challenge.ts'
import { threadTime } from '../support/eventLoop.ts'
import { fuzz, type Target } from './fuzz.ts'
import { reviews, startReviewedWebhook, type ReviewedWebhook } from './reviews.ts'
import { challenges, configurations, dockerConfigs, licenses, references } from './texts.ts'

/** Another one each day; a finding tells it. */
const seed = Math.floor(Date.now() / 86_400_000)

async function findingsOf<Input>(target: Target<Input>, runs = 1000): Promise<readonly string[]> {
  return (await fuzz(target, { runs, seed })).findings
}

describe('fuzzing', () => {
  it('finds nothing wrong with references', async () => {
    expect(await findingsOf(references())).to.deep.equal([])
  })
  it('finds nothing wrong with challenges', async () => {
    expect(await findingsOf(challenges())).to.deep.equal([])
  })
  it('finds nothing wrong with configurations', async () => {
    expect(await findingsOf(configurations(), 300)).to.deep.equal([])
  })
  it('finds nothing wrong with license files', async () => {
    expect(await findingsOf(licenses(), 300)).to.deep.equal([])
  })
  it('finds nothing wrong with dockerconfigjson', async () => {
    expect(await findingsOf(dockerConfigs())).to.deep.equal([])
  })
})

describe('an input that takes longer than anybody waits', () => {
  const patience = 20
  const findings = async (check: () => void | Promise<void>) =>
    (await fuzz({ name: 'any', inputs: fc.boolean(), check }, { runs: 1, seed, patience })).findings.join()
  const later = () => new Promise<void>((resolve) => setTimeout(resolve, 2 * patience))

  it('is found where it keeps the processor busy', async () => {
    const check = () => {
      const end = threadTime() + 2 * patience
      while (threadTime() < end);
    }
    expect(await findings(check)).to.match(/took \d+ ms/)
  })
  it('is found where it is waited for', async () => {
    expect(await findings(later)).to.match(/took \d+ ms/)
  })
  it('is none where the processor did something else', async () => {
    const check = () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * patience)
    }
    expect(await findings(check)).to.equal('')
  })
})

/** What a planted fault throws. */
const planted = (): never => {
  throw new TypeError('planted')
}

describe('a planted fault', () => {
  it('is found in references, with its seed and shrunk', async () => {
    const parse = (text: string) => (text.includes('@') ? planted() : tryParseReference(text))
    const [finding] = await findingsOf(references({ parse }))
    expect(finding).to.match(/^references, --seed \d+, run \d+, shrunk [1-9]\d* times: planted\n/)
  })
  it('is found again by the seed that is told', async () => {
    const parse = (text: string) => (text.includes('@') ? planted() : tryParseReference(text))
    const [finding = ''] = await findingsOf(references({ parse }))
    const told = Number(/--seed (\d+)/.exec(finding)?.[1])
    expect((await fuzz(references({ parse }), { runs: 1000, seed: told })).findings).to.deep.equal([finding])
  })
  it('is found in challenges whose parameters are lost', async () => {
    const parse = (lines: readonly string[]) =>
      parseChallenges(lines).map((challenge) => ({ ...challenge, params: {} }))
    expect(await findingsOf(challenges({ parse }))).to.have.lengthOf(1)
  })
  it('is found in a configuration that is refused by something else than a sentence', async () => {
    const load: typeof loadConfig = (source) => (source.text?.includes('[]') === true ? planted() : loadConfig(source))
    const [finding] = await findingsOf(configurations({ load }))
    expect(finding).to.match(/^configuration, .*: planted\n/)
  })
  it('is found in a license file whose fault quotes it', async () => {
    const read: typeof licenseFromFile = (text, hosts) => {
      const reading = licenseFromFile(text, hosts)
      return 'fault' in reading ? { fault: text.slice(0, 400) } : reading
    }
    const [finding] = await findingsOf(licenses({ read }))
    expect(finding).to.match(/a fault that quotes the license|a fault of 0 characters/)
  })
  it('is found in a dockerconfigjson whose entry without credentials is a license', async () => {
    const read: typeof licenseFromDockerConfig = (text, hosts) => {
      const reading = licenseFromDockerConfig(text, hosts)
      const license = { credentials: new Map(), fingerprint: '', dockerConfigJson: text }
      return 'fault' in reading ? { license } : reading
    }
    expect(await findingsOf(dockerConfigs({ read }))).to.have.lengthOf(1)
  })
})

describe('fuzzing reviews over https', function () {
  this.timeout(60_000)
  let webhook: ReviewedWebhook

  before(async () => {
    webhook = await startReviewedWebhook()
  })
  after(() => webhook.close())

  it('finds nothing wrong with their answers', async () => {
    expect(await findingsOf(reviews(webhook.post), 400)).to.deep.equal([])
    expect(webhook.faults).to.deep.equal([])
  })
  it('finds a planted answer to another review', async () => {
    const post: ReviewedWebhook['post'] = async (body, path) => {
      const answer = await webhook.post(body, path)
      return body.includes('"initContainers"')
        ? { ...answer, body: answer.body.replace(/"uid":"[^"]*/, '$&x') }
        : answer
    }
    const [finding] = await findingsOf(reviews(post), 400)
    expect(finding).to.match(/^reviews, --seed \d+, .*: no review: 200 /)
  })
  it('finds a planted error that is no JSON', async () => {
    const post: ReviewedWebhook['post'] = async (body, path) => {
      const answer = await webhook.post(body, path)
      return answer.status === 400 ? { ...answer, body: '<html>' } : answer
    }
    expect(await findingsOf(reviews(post), 400)).to.have.lengthOf.at.least(1)
  })
})
