import { expect } from 'chai'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { observeRegistries } from '../../src/telemetry/observe.ts'

describe('what a registry’s observer logs', () => {
  it('is an error, with its message, where a check failed because of a bug', async () => {
    const lines: string[] = []
    const log = await createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line) => lines.push(line) },
    })
    observeRegistries(log, createMetrics({ version: '0' })).fault?.(new Error('bug'))
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.have.nested.property('[0].err.message', 'bug')
    expect(JSON.parse(lines[0] ?? '')).to.have.property('level', 'error')
  })
})
