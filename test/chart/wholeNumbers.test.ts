import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { chart, licensed, render } from './support/helm.ts'
import { describeWithHelm, helms, type Helm } from './support/programs.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Helm reads numbers as floating point, which Go writes with an exponent from a million on. */
const large = 2_000_000

/** Every whole number that the chart takes, set to a large one or to the largest that is allowed. */
function largeNumbers({ properties = {} }: Schema): object {
  const values: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(properties)) {
    if (schema.properties !== undefined) values[key] = largeNumbers(schema)
    else if ([schema.type].flat().includes('integer')) values[key] = Math.min(large, schema.maximum ?? large)
  }
  return values
}

describeWithHelm('a number of millions in the values', () => {
  const values = {
    ...largeNumbers(JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema),
    ...licensed,
    terminationGracePeriodSeconds: 2 * large,
  }
  const renderBoth = async (helm: Helm) => {
    const args = (autoscaling: boolean) => [
      `--set=autoscaling.enabled=${autoscaling}`,
      '--set=resourceQuota.enabled=true',
    ]
    const texts = [true, false].map((autoscaling) => render(helm, values, { args: args(autoscaling) }))
    return (await Promise.all(texts)).join('')
  }

  for (const helm of helms) {
    it(`is written in digits, as the API server and tools that compare fields have it (${helm})`, async () => {
      const text = await renderBoth(helm)
      expect(text.split('\n').filter((line) => /\de\+\d/.test(line))).to.deep.equal([])
      for (const key of ['replicas', 'maxReplicas', 'averageUtilization', 'pods', 'seconds', 'periodSeconds'])
        expect(text).to.match(new RegExp(`^ *${key}: "?${large}"?$`, 'm'))
    })
  }
})
