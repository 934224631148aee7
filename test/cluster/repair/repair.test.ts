import { expect } from 'chai'
import { createAdmission } from '../../../src/admission/admission.ts'
import { createDecider } from '../../../src/decision/decide.ts'
import { createLocator } from '../../../src/reference/location.ts'
import { readCoverage } from '../../../src/cluster/repair/coverage.ts'
import { decideAnew } from '../../../src/cluster/repair/decideAnew.ts'
import type { RepairOutcome } from '../../../src/cluster/repair/mend.ts'
import { createRepair, type Repair, type RepairOptions } from '../../../src/cluster/repair/repair.ts'
import { createRepairApi } from '../../../src/cluster/repair/repairApi.ts'
import type { JsonObject } from '../../../src/json.ts'
import { nameOf, startPodCluster, type PodCluster, type PodClusterOptions } from '../../support/podCluster.ts'
import { eventually } from '../../support/eventually.ts'
import { createClock } from '../../support/clock.ts'
import { podObject, type PodOptions } from './pods.ts'

const secret = 'my-app-registry'
const proxied = (image: string) => `proxy.replicated.com/proxy/my-app/${image}`
const image = 'quay.io/my-org/api:1'
const proxy = {
  domain: 'proxy.replicated.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/proxy/{appSlug}/{image}',
}
const policy = {
  proxyPublicImages: false,
  onMissing: 'leave',
  onUnknown: 'leave',
  onUnverified: 'proxy',
  rules: [],
} as const
const selector = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } })

describe('Pods that wait for an image', function () {
  this.timeout(20_000)
  const ends: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  interface Scene {
    readonly cluster: PodCluster
    readonly repair: Repair
    readonly outcomes: RepairOutcome[]
    readonly faults: string[]
    readonly clock: ReturnType<typeof createClock>
    /** Called for a copy of the pull secret. */
    readonly copies: string[]
    results(): string[]
  }

  /** Images whose repository begins so are served by the proxy to nobody. */
  const admission = createAdmission({
    ruling: () => ({ decider: createDecider(policy, createLocator({ appSlug: 'my-app', proxy })), pullSecret: secret }),
    rules: [],
    verdicts: {
      anonymous: ({ path }) => {
        const access = path.startsWith('library/') ? 'public' : 'private'
        return { access, reason: 'unauthorized', checkedAt: 0, ttl: 0 }
      },
      proxy: ({ path }) => {
        const access = path.includes('/customer/') ? 'refused' : 'served'
        return { access, reason: 'denied', checkedAt: 0, ttl: 0 }
      },
    },
    mode: 'rewrite',
  })

  async function start(options: PodClusterOptions = {}, given: Partial<RepairOptions> = {}): Promise<Scene> {
    const cluster = await startPodCluster(options)
    ends.push(cluster.close)
    return { cluster, ...join(cluster, given) }
  }

  /** One more replica of the webhook. */
  function join(cluster: PodCluster, given: Partial<RepairOptions> = {}): Omit<Scene, 'cluster'> {
    const outcomes: RepairOutcome[] = []
    const faults: string[] = []
    const copies: string[] = []
    const clock = createClock()
    const repair = createRepair({
      api: createRepairApi(cluster.api, ['*'], 'image-proxy-webhook'),
      coverage: () => readCoverage([{ namespaceSelector: selector('my-app') }]),
      terms: () => ({ pullSecret: secret, appSlug: 'my-app' }),
      decide: (pod, since) => decideAnew(admission, pod, 1000, since),
      ensurePullSecret: (namespace) => {
        const state = copies.includes(namespace) ? 'current' : 'written'
        copies.push(namespace)
        return Promise.resolve(state)
      },
      mayChange: true,
      isServing: () => true,
      perMinute: 20,
      observer: {
        outcome: (outcome) => outcomes.push(outcome),
        fault: (subject, sentence) => sentence !== undefined && faults.push(`${subject}: ${sentence}`),
      },
      now: clock.now,
      ...given,
    })
    ends.push(() => repair.end())
    return { repair, outcomes, faults, copies, clock, results: () => outcomes.map(({ result }) => result) }
  }

  /** What the admission of a Pod that is made anew comes to. */
  function admitted(pod: JsonObject, name: string): JsonObject {
    const [container] = (pod['spec'] as { containers: { image: string }[] }).containers
    const metadata = pod['metadata'] as { ownerReferences: { name: string; kind: string }[] }
    const [owner] = metadata.ownerReferences
    return podObject({
      name,
      owner: owner?.kind,
      ...(owner && { ownerName: owner.name }),
      secrets: [secret],
      containers: [{ image: proxied(container?.image ?? ''), state: 'ContainerCreating' }],
    })
  }

  let count = 0
  /** A controller whose new Pods run at once. */
  const recreate = (pod: JsonObject, cluster: PodCluster): void => {
    const name = `new-${++count}`
    cluster.put(admitted(pod, name))
    cluster.run(name)
  }
  const waiting = (name: string, options: PodOptions = {}) => podObject({ name, ...options })

  /** Another Pod has been mended: what came before it was looked at. */
  async function untilPatched(cluster: PodCluster, outcomes: readonly RepairOutcome[]): Promise<void> {
    cluster.put(waiting('marker', { owner: '', secrets: [secret] }))
    await eventually(() => {
      expect(outcomes.map(({ pod, result }) => `${result} ${pod.name}`)).to.include('patched marker')
    })
  }

  it('are deleted once, whatever is heard of them afterwards', async () => {
    const holds = (pod: JsonObject) => nameOf(pod) === 'a'
    const { cluster, repair, outcomes, results } = await start({ holds, deleted: recreate })
    cluster.put(waiting('before'))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced'])
    })
    cluster.put(waiting('a'))
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced', 'replaced'])
    })
    cluster.put(waiting('a', { initContainers: [{ name: 'init', state: 'ended' }] }))
    await untilPatched(cluster, outcomes)
    expect(cluster.writes).to.deep.equal(['DELETE my-app/before', 'DELETE my-app/a', 'PATCH my-app/marker'])
  })

  it('are deleted where a ReplicaSet makes them anew, and the new ones run', async () => {
    const { cluster, repair, results, copies } = await start({ deleted: recreate })
    for (const name of ['a', 'b', 'c']) cluster.put(waiting(name))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced', 'replaced', 'replaced'])
    })
    expect(cluster.writes.toSorted()).to.deep.equal(['DELETE my-app/a', 'DELETE my-app/b', 'DELETE my-app/c'])
    expect(copies).to.include('my-app')
  })

  it('are patched in place where they name the pull secret, whoever owns them', async () => {
    const { cluster, repair, results } = await start({
      patched: (pod, cluster) => {
        cluster.run(nameOf(pod))
      },
    })
    cluster.put(waiting('bare', { owner: '', secrets: [secret] }))
    cluster.put(waiting('of-a-job', { owner: 'Job', apiVersion: 'batch/v1', secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      expect(results().filter((result) => result === 'patched')).to.have.lengthOf(2)
    })
    expect(cluster.writes.toSorted()).to.deep.equal(['PATCH my-app/bare', 'PATCH my-app/of-a-job'])
    const containers = (name: string) =>
      (cluster.find(name)?.['spec'] as { containers: { image: string }[] }).containers
    expect(containers('bare')[0]?.image).to.equal(proxied(image))
  })

  it('get the pull secret that they name, and nothing else where only that is to be done', async () => {
    const { cluster, repair, results, copies } = await start({}, { mayChange: false })
    cluster.put(waiting('a', { secrets: [secret] }))
    cluster.put(waiting('b'))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['copied'])
    })
    expect([copies, cluster.writes]).to.deep.equal([['my-app'], []])
  })

  it('get the pull secret that they name where their images are behind the proxy already', async () => {
    const { cluster, repair, results } = await start()
    cluster.put(waiting('a', { secrets: [secret], containers: [{ image: proxied(image), state: 'ErrImagePull' }] }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['copied'])
    })
    expect(cluster.writes).to.deep.equal([])
  })

  const untouched: readonly (readonly [string, PodOptions])[] = [
    ['public', { containers: [{ image: 'redis:7', state: 'ErrImagePull' }] }],
    ['the customer’s own', { containers: [{ image: 'quay.io/customer/app:1', state: 'ErrImagePull' }] }],
    ['in a namespace that is not covered', { metadata: { namespace: 'other' } }],
    ['in a namespace that is being deleted', { metadata: { namespace: 'leaving' } }],
    ['in a namespace that is gone', { metadata: { namespace: 'nowhere' } }],
    ['there already', { containers: [{ state: 'CrashLoopBackOff' }] }],
  ]
  for (const [which, options] of untouched) {
    it(`are left where it is ${which}`, async () => {
      const { cluster, repair, results } = await start({ deleted: recreate })
      cluster.put(waiting('a', options))
      repair.begin()
      cluster.put(waiting('z'))
      await eventually(() => {
        expect(results()).to.deep.equal(['replaced'])
      })
      expect(cluster.writes).to.deep.equal(['DELETE my-app/z'])
    })
  }

  it('are each mended once where two replicas lead for a moment', async () => {
    const { cluster, repair, results } = await start({ deleted: recreate })
    const other = join(cluster)
    for (let index = 0; index < 10; index++) cluster.put(waiting(`pod-${index}`, { ownerName: `owner-${index}` }))
    repair.begin()
    other.repair.begin()
    await eventually(() => {
      expect([...results(), ...other.results()].filter((result) => result === 'replaced')).to.have.lengthOf(10)
    })
    expect(new Set(cluster.writes).size).to.equal(10)
    expect(cluster.writes).to.have.lengthOf(10)
  })

  it('are mended 60 at once and then as the minute allows', async () => {
    const { cluster, repair, results, clock } = await start({ deleted: recreate })
    for (let index = 0; index < 100; index++) cluster.put(waiting(`pod-${index}`, { ownerName: `owner-${index % 20}` }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.have.lengthOf(60)
    })
    clock.advance(30_000)
    await eventually(() => {
      expect(results()).to.have.lengthOf(70)
    })
  })

  it('are left alone after three in a row whose successors wait again, and an Event says so', async () => {
    const again = (pod: JsonObject, cluster: PodCluster): void => {
      const wait = { state: 'ErrImagePull', image }
      // Its operator makes it as it was, past the webhook.
      cluster.put(
        podObject({
          name: `${nameOf(pod)}x`,
          owner: 'Cluster',
          ownerName: 'pg',
          secrets: ['other'],
          containers: [wait],
        }),
      )
    }
    const { cluster, repair, outcomes, clock } = await start({ deleted: again })
    cluster.put(waiting('pg', { owner: 'Cluster', ownerName: 'pg' }))
    repair.begin()
    await eventually(() => {
      clock.advance(1000)
      expect(outcomes.map(({ reason }) => reason)).to.include('RepairStopped')
    })
    expect(cluster.writes).to.deep.equal(['DELETE my-app/pg', 'DELETE my-app/pgx', 'DELETE my-app/pgxx'])
    expect(outcomes.at(-1)?.note).to.equal(
      'Cluster pg is left alone from now on, for three new Pods in a row waited for their images again',
    )
  })

  it('are left alone after three in a row whose successors wait again, though one between them ended unstarted', async () => {
    let count = 0
    const name = () => `pg-${count}`
    const wait = (options: PodOptions = {}) =>
      podObject({ name: name(), owner: 'Cluster', ownerName: 'pg', secrets: ['my-app-registry'], ...options })
    const again = (_pod: JsonObject, cluster: PodCluster): void => {
      count++
      if (count === 3) {
        const evicted = wait({ containers: [{}] })
        cluster.put(evicted)
        cluster.put({ ...evicted, status: { phase: 'Failed', reason: 'Evicted' } })
        count++
      }
      cluster.put(wait({ containers: [{ image, state: 'ErrImagePull' }], secrets: ['other'] }))
    }
    const { cluster, repair, outcomes, clock } = await start({ deleted: again })
    cluster.put(waiting('pg', { owner: 'Cluster', ownerName: 'pg' }))
    repair.begin()
    await eventually(() => {
      clock.advance(1000)
      expect(outcomes.map(({ reason }) => reason)).to.include('RepairStopped')
    })
    expect(cluster.writes.filter((write) => write.startsWith('DELETE'))).to.have.lengthOf(4)
  })

  it('are the only ones that are asked for: a cluster may have thousands of others', async () => {
    const { cluster, repair } = await start()
    repair.begin()
    const ofPods = () => cluster.asked.filter((request) => request.includes('/pods?'))
    await eventually(() => {
      expect(ofPods().some((request) => request.includes('watch='))).to.be.true
    })
    expect(ofPods().filter((request) => !request.includes('fieldSelector=status.phase%3DPending'))).to.be.empty
  })

  it('are patched three times at most where somebody changes their images back', async () => {
    const back = (_pod: JsonObject, cluster: PodCluster): void => {
      cluster.put(waiting('a', { secrets: [secret] }))
    }
    const { cluster, repair, outcomes, clock } = await start({ patched: back })
    cluster.put(waiting('a', { secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      clock.advance(1000)
      repair.lookAgain()
      expect(outcomes.at(-1)?.reason).to.equal('RepairStopped')
    })
    expect(cluster.writes).to.deep.equal(['PATCH my-app/a', 'PATCH my-app/a', 'PATCH my-app/a'])
  })

  it('wait for nobody where one successor shows that the webhook is not asked', async () => {
    const unchanged = (pod: JsonObject, cluster: PodCluster): void => {
      cluster.put(podObject({ name: `${nameOf(pod)}x`, containers: [{ state: 'ContainerCreating' }] }))
    }
    const { cluster, repair, results } = await start({ deleted: unchanged })
    for (const name of ['a', 'b', 'c']) cluster.put(waiting(name, { ownerName: name }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced'])
    })
    cluster.put(waiting('d', { owner: '', secrets: [secret] }))
    await eventually(() => {
      expect(results()).to.include('patched')
    })
    expect(cluster.writes.filter((write) => write.startsWith('DELETE'))).to.have.lengthOf(1)
  })

  it('are not replaced before the API server asks this webhook', async () => {
    let isServing = false
    const { cluster, repair, results } = await start({ deleted: recreate }, { isServing: () => isServing })
    cluster.put(waiting('a'))
    cluster.put(waiting('b', { secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.include('patched')
    })
    expect(cluster.writes).to.deep.equal(['PATCH my-app/b'])
    isServing = true
    await eventually(() => {
      expect(cluster.writes).to.include('DELETE my-app/a')
    })
  })

  it('are not replaced while the API server does not reach the webhook, which cannot know by itself', async () => {
    let isAsked = false
    const { cluster, repair, outcomes, results, clock } = await start({ deleted: recreate, isAsked: () => isAsked })
    const tries = () => cluster.asked.filter((request) => request.includes('dryRun=All')).length
    for (let index = 0; index < 10; index++) cluster.put(waiting(`pod-${index}`, { ownerName: `owner-${index}` }))
    repair.begin()
    await eventually(() => {
      expect(tries()).to.equal(1)
    })
    await untilPatched(cluster, outcomes)
    expect(cluster.writes).to.deep.equal(['PATCH my-app/marker'])
    isAsked = true
    clock.advance(1000)
    await eventually(() => {
      expect(results().filter((result) => result === 'replaced')).to.have.lengthOf(10)
    })
    expect(tries()).to.equal(2)
  })

  it('have their owner left alone where a finalizer holds one for two minutes', async () => {
    const { cluster, repair, outcomes, clock } = await start({ holds: () => true })
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(outcomes.map(({ result }) => result)).to.deep.equal(['replaced'])
    })
    clock.advance(121_000)
    await eventually(() => {
      expect(outcomes.at(-1)?.reason).to.equal('RepairStopped')
    })
    expect(outcomes.at(-1)?.note).to.include('a finalizer may hold it')
  })

  it('have their owner left alone where it makes no new one', async () => {
    const { cluster, repair, outcomes, clock } = await start()
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(cluster.find('a')).to.be.undefined
    })
    await eventually(() => {
      clock.advance(61_000)
      expect(outcomes.at(-1)?.note).to.include('a quota, Pod Security or another webhook may refuse it')
    })
  })

  it('are told what to do where nothing makes them anew, once an hour, and not at once', async () => {
    const { cluster, repair, outcomes, clock } = await start()
    cluster.put(waiting('bare', { owner: '' }))
    repair.begin()
    const tellUntil = (count: number) =>
      eventually(() => {
        repair.lookAgain()
        expect(outcomes.filter(({ reason }) => reason === 'ImageNotRepaired')).to.have.lengthOf(count)
      })
    await eventually(() => {
      expect(cluster.asked.some((request) => request.includes('/namespaces/my-app'))).to.be.true
    })
    expect(outcomes).to.be.empty
    clock.advance(10_000)
    await tellUntil(1)
    clock.advance(3_599_000)
    repair.lookAgain()
    await untilPatched(cluster, outcomes)
    await tellUntil(1)
    clock.advance(1000)
    await tellUntil(2)
    expect(cluster.find('bare')).not.to.be.undefined
  })

  it('are tried again where the API server refuses, and that is told once', async () => {
    const { cluster, repair, results, faults, clock } = await start({ deleted: recreate })
    cluster.refuseWrites(403)
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(faults).not.to.be.empty
    })
    clock.advance(10_000)
    await eventually(() => {
      repair.lookAgain()
      expect(results()).to.deep.equal(['failed'])
    })
    cluster.refuseWrites(undefined)
    await eventually(() => {
      expect(results()).to.deep.equal(['failed', 'replaced'])
    })
  })

  it('are tried again where the API server restarts, which counts as no failure', async () => {
    const { cluster, repair, results, clock } = await start({ deleted: recreate })
    const tries = () => cluster.asked.filter((request) => request.startsWith('DELETE')).length
    cluster.refuseWrites(503)
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(tries()).to.be.above(0)
    })
    clock.advance(10_000)
    const before = tries()
    await eventually(() => {
      repair.lookAgain()
      expect(tries()).to.be.above(before + 1)
    })
    cluster.refuseWrites(undefined)
    await eventually(() => {
      repair.lookAgain()
      expect(results()).to.deep.equal(['replaced'])
    })
  })

  it('are left by a replica that does not lead any more', async () => {
    const { cluster, repair, results } = await start({ deleted: recreate })
    repair.begin()
    cluster.put(waiting('a'))
    await eventually(() => {
      expect(results()).to.have.lengthOf(1)
    })
    await repair.end()
    cluster.put(waiting('b'))
    const next = join(cluster)
    next.repair.begin()
    await eventually(() => {
      expect(next.results()).to.have.lengthOf(1)
    })
    expect(results()).to.have.lengthOf(1)
  })

  describe('of a Job', () => {
    const ofJob = { owner: 'Job', ownerName: 'import', apiVersion: 'batch/v1' } as const
    const job = (fields: { metadata?: object; spec?: object; status?: object } = {}): JsonObject => ({
      kind: 'Job',
      metadata: { namespace: 'my-app', name: 'import', uid: 'uid-of-import', ...fields.metadata },
      spec: { suspend: false, ...fields.spec },
      status: { active: 1, ...fields.status },
    })
    /** The Job's controller. */
    const controller = (object: JsonObject, cluster: PodCluster): void => {
      if (object['kind'] !== 'Job') return
      const isSuspended = (object['spec'] as { suspend?: boolean }).suspend === true
      const pod = cluster.pods()[0]
      if (isSuspended) {
        cluster.remove('import-1')
        const conditions = [{ type: 'Suspended', status: 'True' }]
        cluster.put({ ...(cluster.find('import') ?? object), status: { conditions } })
      } else if (pod === undefined) cluster.put(admitted(waiting('import-1', ofJob), 'import-2'))
    }

    it('are replaced by suspending the Job and resuming it, and are not deleted', async () => {
      const { cluster, repair, results } = await start({ patched: controller })
      cluster.put(job())
      cluster.put(waiting('import-1', ofJob))
      repair.begin()
      await eventually(() => {
        expect(cluster.writes).to.deep.equal(['PATCH my-app/import suspend=true', 'PATCH my-app/import suspend=false'])
      })
      expect(results()).to.deep.equal(['resumed'])
      expect(cluster.pods().map(nameOf)).to.deep.equal(['import-2'])
      expect((cluster.find('import')?.['metadata'] as JsonObject)['annotations']).to.deep.equal({})
    })

    it('are resumed by the next leader where the one that suspended the Job died', async () => {
      const { cluster, repair } = await start()
      const suspended = {
        spec: { suspend: true },
        status: { active: 0, conditions: [{ type: 'Suspended', status: 'True' }] },
      }
      const annotations = { 'image-proxy-webhook/suspended': 'true' }
      cluster.put(job({ ...suspended, metadata: { annotations } }))
      cluster.put(job({ ...suspended, metadata: { name: 'by-a-person', uid: 'p' } }))
      repair.begin()
      await eventually(() => {
        expect(cluster.writes).to.deep.equal(['PATCH my-app/import suspend=false'])
      })
    })

    it('are resumed by the next leader once it may list Jobs, should it be refused that at first', async () => {
      let refusal: number | undefined = 403
      const { cluster, repair, faults, clock } = await start({ refusesJobs: () => refusal })
      const annotations = { 'image-proxy-webhook/suspended': 'so' }
      cluster.put(job({ metadata: { annotations }, spec: { suspend: true }, status: { active: 0, conditions: [] } }))
      repair.begin()
      await eventually(() => {
        expect(faults.join()).to.include('the suspended Jobs: the API server answers 403')
      })
      refusal = undefined
      clock.advance(10_000)
      await eventually(() => {
        expect(cluster.asked.some((request) => request.endsWith('/jobs/import'))).to.be.true
      })
    })

    /** Jobs whose controller has not done anything yet, each with a Pod that waits. */
    function putJobs(cluster: PodCluster, count: number): void {
      for (let index = 0; index < count; index++) {
        const name = `job-${index}`
        cluster.put(job({ metadata: { name, uid: `uid-of-${name}` } }))
        cluster.put(waiting(`${name}-1`, { ...ofJob, ownerName: name }))
      }
    }
    const suspensions = ({ writes }: PodCluster) => writes.filter((write) => write.endsWith('suspend=true'))
    const resumptions = ({ writes }: PodCluster) => writes.filter((write) => write.endsWith('suspend=false'))
    const stillSuspended = (cluster: PodCluster) => {
      const resumed = resumptions(cluster).map((write) => write.replace('false', 'true'))
      return suspensions(cluster).filter((write) => !resumed.includes(write))
    }
    /** Shows that the webhook is asked, so that the Jobs need not wait for the first of them. */
    const trust = async (cluster: PodCluster, results: () => string[]): Promise<void> => {
      cluster.put(waiting('canary', { ownerName: 'canary' }))
      await eventually(() => {
        expect(results()).to.deep.equal(['replaced'])
      })
    }

    it('are resumed at once where the leader ends, however many there are', async () => {
      const { cluster, repair, results } = await start({ deleted: recreate })
      repair.begin()
      await trust(cluster, results)
      putJobs(cluster, 30)
      await eventually(() => {
        expect(suspensions(cluster)).to.have.lengthOf(30)
      })
      await repair.end()
      expect([resumptions(cluster).length, stillSuspended(cluster)]).to.deep.equal([30, []])
    })

    it('are resumed, or not suspended, where the leader ends while it is about to suspend them', async () => {
      for (let tries = 0; tries < 10; tries++) {
        const { cluster, repair, results } = await start({ deleted: recreate })
        repair.begin()
        await trust(cluster, results)
        const before = cluster.asked.length
        putJobs(cluster, 8)
        // At another moment each time: one look at a Job is four requests.
        await eventually(() => {
          expect(cluster.asked.length).to.be.at.least(before + 2 * tries)
        })
        await repair.end()
        expect(stillSuspended(cluster)).to.deep.equal([])
      }
    })

    it('are not suspended where the leader has ended before it is known what to do about them', async () => {
      const deciding = Promise.withResolvers<undefined>()
      const decide: RepairOptions['decide'] = async (pod, since) => {
        await deciding.promise
        return decideAnew(admission, pod, 1000, since)
      }
      const { cluster, repair } = await start({}, { decide })
      putJobs(cluster, 1)
      repair.begin()
      await eventually(() => {
        expect(cluster.asked.some((request) => request.includes('/namespaces/my-app'))).to.be.true
      })
      await repair.end()
      deciding.resolve(undefined)
      await eventually(() => {
        expect(cluster.asked.at(-1)).to.include('labelSelector=batch.kubernetes.io')
      })
      // The next thing that is asked comes after what would have been written.
      cluster.remove('job-0-1')
      const next = join(cluster)
      next.repair.begin()
      await untilPatched(cluster, next.outcomes)
      expect(suspensions(cluster)).to.deep.equal([])
    })

    it('are resumed without delay where the webhook is being uninstalled, and may do so for a moment more', async () => {
      const { cluster, repair, results } = await start({ deleted: recreate })
      repair.begin()
      await trust(cluster, results)
      putJobs(cluster, 30)
      await eventually(() => {
        expect(suspensions(cluster)).to.have.lengthOf(30)
      })
      const since = performance.now()
      repair.windUp()
      await eventually(() => {
        expect(stillSuspended(cluster)).to.deep.equal([])
      })
      expect(performance.now() - since).to.be.below(1000)
    })

    it('have their Job say while it is suspended who did it, and what to do should it stay so', async () => {
      const { cluster, repair } = await start()
      putJobs(cluster, 1)
      repair.begin()
      await eventually(() => {
        expect(suspensions(cluster)).to.have.lengthOf(1)
      })
      const { annotations } = cluster.find('job-0')?.['metadata'] as { annotations: JsonObject }
      expect(annotations['image-proxy-webhook/suspended']).to.equal(
        'for a moment, by image-proxy-webhook; should that be uninstalled, set spec.suspend to false',
      )
    })

    const kept: readonly (readonly [string, JsonObject, string])[] = [
      ['has failed once', job({ status: { failed: 1 } }), 'a Pod of it has run'],
      ['has succeeded once', job({ status: { succeeded: 1 } }), 'a Pod of it has run'],
      ['is another controller’s', job({ spec: { managedBy: 'example.com/own' } }), 'it is managed by example.com/own'],
      [
        'belongs to an operator',
        job({ metadata: { ownerReferences: [{ kind: 'Backup', name: 'b', controller: true }] } }),
        'it is controlled by Backup b',
      ],
    ]
    for (const [what, object, obstacle] of kept) {
      it(`are reported where the Job ${what}`, async () => {
        const { cluster, repair, outcomes, clock } = await start()
        cluster.put(object)
        cluster.put(waiting('import-1', ofJob))
        repair.begin()
        await eventually(() => {
          clock.advance(10_000)
          repair.lookAgain()
          expect(outcomes[0]?.note).to.include(`is not suspended to replace it, since ${obstacle}`)
        })
        expect(cluster.writes).to.deep.equal([])
      })
    }

    it('are replaced where a CronJob made the Job', async () => {
      const { cluster, repair, results } = await start({ patched: controller })
      cluster.put(job({ metadata: { ownerReferences: [{ kind: 'CronJob', name: 'c', controller: true }] } }))
      cluster.put(waiting('import-1', ofJob))
      repair.begin()
      await eventually(() => {
        expect(results()).to.deep.equal(['resumed'])
      })
    })

    it('are reported where another Pod of the Job runs', async () => {
      const { cluster, repair, results, clock } = await start()
      cluster.put(job())
      cluster.put(waiting('import-1', ofJob))
      cluster.put(waiting('import-2', { ...ofJob, containers: [{ state: 'running' }] }))
      cluster.run('import-2')
      repair.begin()
      await eventually(() => {
        clock.advance(10_000)
        repair.lookAgain()
        expect(results()).to.include('reported')
      })
      expect(cluster.writes).to.deep.equal([])
    })
  })
})
