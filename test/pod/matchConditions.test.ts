import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ownConditions } from '../../src/pod/matchConditions.ts'

const templates = join(import.meta.dirname, '../../charts/image-proxy-webhook/templates')

describe('the webhook’s own matchConditions', () => {
  it('have the names that the chart’s MutatingWebhookConfiguration gives them', () => {
    const template = readFileSync(join(templates, 'mutatingwebhookconfiguration.yaml'), 'utf8')
    const [, conditions = ''] = template.split('matchConditions:')
    const names = [...conditions.matchAll(/^ +- name: ([a-z-]+)$/gm)].map(([, name]) => name)
    expect(names).to.deep.equal(ownConditions)
  })

  it('have the names that the chart refuses for an operator’s conditions', () => {
    const faults = readFileSync(join(templates, '_object-faults.tpl'), 'utf8')
    const [, list = ''] = /\$own := list (.*) -\}\}/.exec(faults) ?? []
    expect([...list.matchAll(/"([a-z-]+)"/g)].map(([, name]) => name)).to.deep.equal(ownConditions)
  })
})
