import { expect } from 'chai'
import type { ProxyVerdict } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { createRefusals } from '../../src/registry/refusals.ts'
import { createClock } from '../support/clock.ts'
import { hour } from '../support/registryScene.ts'

const image = (tag: string) => parseReference(`proxy.replicated.com/proxy/app/quay.io/team/app:${tag}`)

describe('What the proxy refused', () => {
  function createScene() {
    const clock = createClock()
    const verdict = (access: ProxyVerdict['access']): ProxyVerdict => ({
      access,
      reason: access === 'unknown' ? 'server-error' : 'denied',
      checkedAt: clock.now(),
      ttl: 15_000,
    })
    return { clock, verdict, refusals: createRefusals(clock.now) }
  }

  it('is not known before it has refused anything', () => {
    expect(createScene().refusals.known(image('1'))).to.equal(undefined)
  })

  it('stays refused for every image of the repository while it cannot say', () => {
    const { refusals, verdict } = createScene()
    refusals.remember(image('1'), verdict('refused'))

    expect(refusals.remember(image('2'), verdict('unknown'))).to.include({ access: 'refused', reason: 'denied' })
  })

  it('says nothing of a repository that it never answered about', () => {
    const { refusals, verdict } = createScene()
    refusals.remember(parseReference('proxy.replicated.com/proxy/app/quay.io/team/other:1'), verdict('refused'))

    expect(refusals.remember(image('1'), verdict('unknown')).access).to.equal('unknown')
  })

  it('is forgotten once the proxy serves an image of the repository', () => {
    const { refusals, verdict } = createScene()
    refusals.remember(image('1'), verdict('refused'))
    refusals.remember(image('2'), verdict('served'))

    expect(refusals.known(image('1'))).to.equal(undefined)
  })

  it('is forgotten a day after it was said, however often it was relied upon', () => {
    const { clock, refusals, verdict } = createScene()
    refusals.remember(image('1'), verdict('refused'))
    clock.advance(24 * hour - 1)
    const before = refusals.remember(image('1'), verdict('unknown')).access
    clock.advance(1)

    expect([before, refusals.remember(image('1'), verdict('unknown')).access]).to.deep.equal(['refused', 'unknown'])
  })

  it('keeps the time at which the proxy said so when it stands in for an unknown verdict', () => {
    const { clock, refusals, verdict } = createScene()
    const refusedAt = clock.now()
    refusals.remember(image('1'), verdict('refused'))
    clock.advance(hour)

    expect(refusals.remember(image('1'), verdict('unknown'))).to.include({
      answeredAt: refusedAt,
      checkedAt: refusedAt + hour,
    })
  })

  it('runs out as early as the unknown verdict that it stands in for', () => {
    const { refusals, verdict } = createScene()
    refusals.remember(image('1'), { ...verdict('refused'), ttl: 60_000 })

    expect(refusals.remember(image('1'), verdict('unknown')).ttl).to.equal(15_000)
  })

  it('counts a day from the last time that it was said', () => {
    const { clock, refusals, verdict } = createScene()
    refusals.remember(image('1'), verdict('refused'))
    clock.advance(23 * hour)
    refusals.remember(image('2'), verdict('refused'))
    clock.advance(23 * hour)

    expect(refusals.known(image('1'))?.access).to.equal('refused')
  })

  it('is bounded in characters: long names take the room of several short ones', () => {
    const { refusals, verdict } = createScene()
    const long = (index: number) => parseReference(`${'host.'.repeat(300)}example/${'a'.repeat(200)}/${index}:1`)
    for (let index = 0; index < 1000; index++) refusals.remember(long(index), verdict('refused'))

    expect([refusals.known(long(0)), refusals.known(long(999))?.access]).to.deep.equal([undefined, 'refused'])
  })
})
