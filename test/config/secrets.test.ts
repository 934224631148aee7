import { expect } from 'chai'

import { faultsOf } from '../support/faults.ts'

const canary = '2aBcDeFgHiJkLmNoPqRsTuVwXyZ'

/** Ways to get a license, or a password, into a configuration wrongly. */
const table: readonly (readonly [what: string, text: string, env?: Readonly<Record<string, string>>])[] = [
  ['an id that is a list', `license: {id: [${canary}]}`],
  ['an id with a space', `license: {id: "${canary} x"}`],
  ['an id in place of the section', `license: ${canary}`],
  ['an id as the whole file', canary],
  ['an id in a list', `- ${canary}`],
  ['an id as a key', `license: {${canary}: }`],
  ['no space after the colon', `license: {id:${canary}}`],
  ['no space after the colon, two lines', `license:\n  id:${canary}\n  file: x`],
  ['a misspelled key', `license: {licenseID: ${canary}}`],
  ['a misspelled section', `licence: {id: ${canary}}`],
  ['quotes left open', `license: {id: "${canary}`],
  ['a bracket left open', `license: {id: [${canary}`],
  ['an id after a tab', `license:\n\tid: ${canary}`],
  ['an id given twice', `license:\n  id: ${canary}\n  id: ${canary}`],
  ['an alias', `license: {id: *${canary}}`],
  ['a tag', `license: {id: !<${canary} x}`],
  ['an anchor without value', `license: &${canary} &${canary}\nx`],
  ['a directive', `%${canary} ${canary}\n${canary}: [`],
  ['the license itself', `kind: License\nspec: {licenseID: ${canary}}`],
  ['the environment', '', { LICENSE_ID: `${canary} x` }],
  ['the user of an endpoint', `check: {endpoints: {docker.io: "https://${canary}@a.example"}}`],
  ['the password of an endpoint', `check: {endpoints: {docker.io: "https://user:${canary}/@a.example"}}`],
  ['the query of an endpoint', `check: {endpoints: {docker.io: "https://a.example?token=${canary}"}}`],
  ['the user of a domain', `proxy: {domain: "LICENSE_ID:${canary}@a.example"}`],
]

describe('the faults of a configuration', () => {
  for (const [what, text, env] of table) {
    it(`hold no secret: ${what}`, () => {
      const faults = faultsOf(text, env)
      expect(faults).not.to.be.empty
      expect(faults.join('\n')).not.to.include(canary)
    })
  }
})
