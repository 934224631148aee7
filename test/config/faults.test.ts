import { expect } from 'chai'
import { ConfigError } from '../../src/config/load.ts'
import { faultsOf } from '../support/faults.ts'
import { faultyTexts, wrongEndpoints, wrongPatterns } from './faultyTexts.ts'

describe('a configuration with one fault', () => {
  for (const [text, fault] of faultyTexts) {
    it(`is refused: ${text.replaceAll('\n', '\\n')}`, () => {
      const faults = faultsOf(text).map((line) => line.replace(/ \(config\.yaml:\d+:\d+\)$/, ''))
      expect(faults).to.deep.equal([fault])
    })
  }

  for (const pattern of wrongPatterns) {
    it(`is refused: a rule for "${pattern}"`, () => {
      const [fault, ...others] = faultsOf(`policy: {rules: [{match: "${pattern}", action: leave}]}`)
      expect(fault).to.match(
        /^policy\.rules\[0\]\.match: expected a name without tag and digest, in lower case, registry first/,
      )
      expect(others).to.deep.equal([])
    })
  }

  for (const template of ['', '{domain}', '{domain}/{nonsense}/{image}', '{image}', '{domain}/{appSlug']) {
    for (const [place, text] of [
      ['proxy.template', `proxy: {template: "${template}"}`],
      ['policy.rules[0].template', `policy: {rules: [{match: a.example/*, action: proxy, template: "${template}"}]}`],
    ] as const) {
      it(`is refused: "${template}" as ${place}`, () => {
        const [fault = '', ...others] = faultsOf(text)
        expect(fault.startsWith(`${place}: expected a template that works (`), fault).to.be.true
        expect(others).to.deep.equal([])
      })
    }
  }

  for (const endpoint of wrongEndpoints) {
    it(`is refused: ${endpoint} as an endpoint`, () => {
      const [fault, ...others] = faultsOf(`check: {endpoints: {docker.io: ${endpoint}}}`)
      expect(fault).to.match(
        /^check\.endpoints\["docker\.io"\]: expected an https URL without user name, query and fragment/,
      )
      expect(others).to.deep.equal([])
    })
  }
})

describe('a configuration with several faults', () => {
  it('is refused once, with all of them, contradictions included', () => {
    const faults = faultsOf('log: {level: x}\nnonsense: 1\nserver: {tls: {mode: files, keyFile: a}}', {
      METRICS_PORT: 'x',
    })
    expect(faults).to.have.lengthOf(4)
    expect(new ConfigError(faults).message.split('\n')).to.deep.equal(faults)
  })

  it('names line and column of each', () => {
    const faults = faultsOf('log:\n  level: x\nserver: {port: -1}')
    expect(faults.map((fault) => /\((.*)\)$/.exec(fault)?.[1])).to.have.members([
      'config.yaml:2:10',
      'config.yaml:3:16',
    ])
  })

  it('tells nothing that only follows from another fault', () => {
    expect(faultsOf('server: {tls: {mode: files, certFile: 5, keyFile: a}}')).to.have.lengthOf(1)
  })
})
