import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'

import { createLogger, type LogOptions } from '../../src/telemetry/log.ts'

function lines() {
  const written: string[] = []
  const destination = {
    write: (line: string) => {
      written.push(line)
    },
  }
  return { written, destination }
}

async function logged(
  options: Partial<LogOptions>,
  write: (log: Awaited<ReturnType<typeof createLogger>>) => void,
): Promise<string[]> {
  const { written, destination } = lines()
  write(await createLogger({ level: 'info', format: 'json', destination, ...options }))
  return written
}

describe('the log as JSON', () => {
  it('has one object a line: level as a word, time, fields and message', async () => {
    const before = Date.now()
    const [line = ''] = await logged({}, (log) => {
      log.info({ namespace: 'my-app', images: [{ image: 'redis' }] }, 'admission')
    })
    expect(line.endsWith('}\n')).to.be.true
    const { time, ...rest } = JSON.parse(line) as { time: number }
    expect(rest).to.deep.equal({ level: 'info', namespace: 'my-app', images: [{ image: 'redis' }], msg: 'admission' })
    expect(time).to.be.within(before, Date.now())
  })

  it('has the lines of its level and above', async () => {
    const written = await logged({ level: 'warn' }, (log) => {
      for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[level](level)
    })
    expect(written.map((line) => (JSON.parse(line) as { level: string }).level)).to.deep.equal(['warn', 'error'])
  })

  it('has no line where it is silent', async () => {
    expect(
      await logged({ level: 'silent' }, (log) => {
        log.error('x')
      }),
    ).to.deep.equal([])
  })

  it('repeats the fields of a child in its lines', async () => {
    const [line = ''] = await logged({}, (log) => {
      log.child({ host: 'quay.io' }).warn({ reason: 'dns' }, 'failing')
    })
    expect(JSON.parse(line)).to.include({ host: 'quay.io', reason: 'dns', msg: 'failing' })
  })

  it('holds no secret: fields, fields of a child, errors', async () => {
    const canary = 'c4n4ry'
    const written = await logged({}, (log) => {
      const err = Object.assign(new Error(`Bearer ${canary}`), { response: { token: canary } })
      log.child({ password: canary }).error({ err, auths: { 'a.example': { auth: canary } } }, 'failed')
    })
    expect(written).to.have.lengthOf(1)
    expect(written.join('')).not.to.include(canary)
  })
})

describe('the log for people', () => {
  it('has level, message and fields as text', async () => {
    const written = await logged({ format: 'pretty' }, (log) => {
      log.warn({ host: 'quay.io' }, 'a registry began to fail')
    })
    expect(written.join('')).to.match(/WARN.*: a registry began to fail\n\s+host: "quay\.io"\n/)
  })

  it('holds no secret', async () => {
    const written = await logged({ format: 'pretty' }, (log) => {
      log.warn({ a: { token: 'c4n4ry' } }, 'x')
    })
    expect(written.join('')).to.include('redacted').and.not.to.include('c4n4ry')
  })
})

const log = new URL('../../src/telemetry/log.ts', import.meta.url).href

/** A process that logs to its standard output. */
function logging(code: string) {
  const source = `import { createLogger } from ${JSON.stringify(log)}
    const log = await createLogger({ level: 'info', format: 'json' })
    ${code}`
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] })
}

describe('the log on standard output', () => {
  it('is complete and in order when the process ends after a flush', async () => {
    const child = logging(
      `for (let n = 0; n < 5000; n++) log[n % 7 ? 'info' : 'warn']({ n }, 'x'); log.flush(); process.exit()`,
    )
    const text = (await child.stdout.setEncoding('utf8').toArray()).join('')
    const numbers = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { n: number }).n)
    expect(numbers).to.deep.equal(Array.from({ length: 5000 }, (_, n) => n))
  })

  it('appears without a flush', async () => {
    const child = logging(`log.info('hello'); setInterval(() => {}, 1000)`)
    try {
      const [text] = (await once(child.stdout.setEncoding('utf8'), 'data', {
        signal: AbortSignal.timeout(15_000),
      })) as [string]
      expect(JSON.parse(text)).to.include({ msg: 'hello' })
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('does not hold up the process when nobody reads it', async () => {
    const child = logging(`
      for (let n = 0; n < 200; n++) {
        for (let m = 0; m < 100; m++) log.info({ text: 'x'.repeat(1000) }, 'x')
        await new Promise(setImmediate)
      }
      process.stderr.write('done')
      setInterval(() => {}, 1000)`)
    try {
      const [text] = (await once(child.stderr.setEncoding('utf8'), 'data', {
        signal: AbortSignal.timeout(15_000),
      })) as [string]
      expect(text).to.equal('done')
    } finally {
      child.kill('SIGKILL')
    }
  })
})
