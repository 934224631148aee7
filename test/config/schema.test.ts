import { expect } from 'chai'
import * as v from 'valibot'
import { configSchema } from '../../src/config/schema.ts'
import { leavesOf } from '../../src/config/shape.ts'

describe('the schema of the configuration', () => {
  for (const { path, schema, whole } of leavesOf(configSchema)) {
    const key = path.join('.')

    it(`describes ${key} in a sentence`, () => {
      expect(v.getDescription(schema)).to.match(/[.\])`]$/)
    })

    if ('default' in whole && whole.default !== undefined) {
      it(`allows the default of ${key}`, () => {
        expect(v.safeParse(schema, whole.default).success).to.equal(true)
      })
    }
  }
})
