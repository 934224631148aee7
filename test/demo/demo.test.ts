import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { send } from '../../testbed/client.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const main = join(project, 'demo/main.ts')
const manifest = join(project, 'test/e2e/manifests/bare-pod.yaml')

/** A demo as a process. */
interface Run {
  readonly child: ChildProcess
  /** Its own one for temporary files. */
  readonly directory: string
  readonly output: () => string
  readonly ended: Promise<number | null>
}

async function start(...argv: string[]): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
  const env = { ...process.env, TMPDIR: directory, LICENSE_ID: 'of-another' }
  const child = spawn(process.execPath, [main, ...argv], { env })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, directory, output: () => output, ended: new Promise((resolve) => child.once('close', resolve)) }
}

/** Resolves once the output `matches`; fails where the demo ends before. */
async function shown({ child, output, ended }: Run, expression: RegExp): Promise<RegExpExecArray> {
  let found = expression.exec(output())
  while (found === null) {
    const event = await Promise.race([
      new Promise((resolve) =>
        child.stdout?.once('data', () => {
          resolve('more')
        }),
      ),
      ended,
    ])
    found = expression.exec(output())
    if (event !== 'more' && found === null) throw new Error(`the demo ended without ${expression.source}:\n${output()}`)
  }
  return found
}

/** Runs a line in the project's directory, like somebody at a shell: what `npx` put on the PATH of this test is not there. */
async function type(line: string): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const { PATH = '', HOME } = process.env
  const path = PATH.split(delimiter).filter((directory) => !directory.endsWith(join('node_modules', '.bin')))
  const child = spawn(line, { cwd: project, shell: true, env: { PATH: path.join(delimiter), HOME } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, output }
}

/** Neither the webhook's process nor a file may outlive the demo. */
async function expectNothingLeft({ directory, output }: Run): Promise<void> {
  const pid = Number(/process (\d+)/.exec(output())?.[1])
  expect(() => process.kill(pid, 0)).to.throw('ESRCH')
  expect(await readdir(directory)).to.be.empty
}

async function end({ child, directory, ended }: Run): Promise<void> {
  child.kill('SIGTERM')
  await ended
  await rm(directory, { recursive: true })
}

const P = 'proxy.replicated.com/proxy/my-app'

describe('the demo', () => {
  describe('run to its end', () => {
    let run: Run
    /** Rows of all tables: the cells but for the milliseconds and the reason, and where the image goes. */
    let rows: string[]
    before(async () => {
      run = await start()
      await run.ended
      rows = run
        .output()
        .split('\n')
        .map((line) => {
          const [image = '', anonymous, proxy, milliseconds = '', happened] = line.split(/ {2,}/)
          if (line.startsWith('  -> ')) return line.trim()
          return /^[\d.]+$/.test(milliseconds) ? [image, anonymous, proxy, happened].join(' | ') : image
        })
    })
    after(() => end(run))

    it('ends well, leaving nothing behind', async () => {
      expect(await run.ended, run.output()).to.equal(0)
      await expectNothingLeft(run)
    })

    const table: readonly [pod: string, rows: readonly string[]][] = [
      [
        'deployment',
        [
          'quay.io/my-org/api:v1.0.1 | private | served | rewritten',
          `-> ${P}/quay.io/my-org/api:v1.0.1`,
          'redis:7 | public | - | left alone',
        ],
      ],
      [
        'docker-hub-names',
        [
          'redis:7 | public | - | left alone',
          'nginx | public | - | left alone',
          'my-org/private:1 | private | served | rewritten',
          `-> ${P}/my-org/private:1`,
          'docker.io/my-org/private:1 | private | served | rewritten',
          `-> ${P}/docker.io/my-org/private:1`,
        ],
      ],
      [
        'multi-image',
        [
          'quay.io/my-org/migrations:v1.0.1 | private | served | rewritten',
          `-> ${P}/quay.io/my-org/migrations:v1.0.1`,
          'ghcr.io/my-org/log-shipper:2 | private | refused | left alone',
          'registry.k8s.io/pause:3.10 | public | - | left alone',
          '499999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx:1 | private | served | rewritten',
          `-> ${P}/499999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx:1`,
          'quay.io/my-org/gone:1 | missing | refused | left alone',
        ],
      ],
      [
        'kubectl-debug',
        ['quay.io/my-org/debug-tools:2 | private | served | rewritten', `-> ${P}/quay.io/my-org/debug-tools:2`],
      ],
    ]
    for (const [pod, expected] of table) {
      it(`tells the truth about the Pod ${pod}`, () => {
        const first = rows.indexOf(`Pod ${pod}`) + 1
        expect(rows.slice(first, first + expected.length)).to.deep.equal(expected)
      })
    }

    it('waits for no registry that never answers', () => {
      const row = run
        .output()
        .split('\n')
        .find((line) => line.startsWith('registry.internal.example.com/tools'))
      expect(row).to.match(/unknown \((?:timeout|deadline)\) .* left alone/)
    })

    it('shows that the revoked license changes what happens', () => {
      const revoked = rows.slice(rows.lastIndexOf('Pod deployment') + 1)
      expect(revoked.slice(0, 2)).to.deep.equal([
        'quay.io/my-org/api:v1.0.1 | private | refused | left alone',
        'redis:7 | public | - | left alone',
      ])
    })

    it('pulls what was rewritten, until the license is revoked', () => {
      const pulls = run.output().match(/with the license gets .*/g)
      expect(pulls).to.deep.equal([
        'with the license gets 200, and quay.io gave it to the account "vendor".',
        'with the license gets 401.',
      ])
    })

    it('says at first what it shows, and at last where to go on', () => {
      const [first = '', ...others] = run.output().trim().split('\n\n')
      expect(first).to.match(/leaves public ones alone.* private ones .* licensed proxy/s)
      expect(others.at(-1)).to.match(/--stay.*README\.md/)
    })

    it('explains each column that is not a plain word', () => {
      for (const column of ['ANONYMOUS', 'PROXY', 'MS']) expect(run.output()).to.include(`${column}: `)
    })

    it('never shows the license', () => {
      expect(run.output()).not.to.include(licenseId)
    })
  })

  describe('interrupted', () => {
    let staying: Run
    let unfinished: Run
    before(async () => {
      // At once, for each of them takes seconds.
      ;[staying, unfinished] = await Promise.all([start('--stay'), start()])
    })
    after(() => Promise.all([end(staying), end(unfinished)]))

    it('in the middle leaves nothing behind', async () => {
      await shown(unfinished, /The license is active/)
      unfinished.child.kill('SIGINT')
      await unfinished.ended
      await expectNothingLeft(unfinished)
      expect(unfinished.output()).not.to.match(/Error/)
    })

    it('leaves nothing behind, and says nothing, when its reader has seen enough', async () => {
      const unread = await start()
      try {
        unread.child.stdout?.destroy()
        expect(await unread.ended).to.equal(0)
        expect(unread.output()).to.equal('')
        expect(await readdir(unread.directory)).to.be.empty
      } finally {
        await end(unread)
      }
    })

    it('had stayed where it was asked to, with a curl line that works', async () => {
      const [, ca = '', review = '', url = ''] = await shown(
        staying,
        /\ncurl --cacert (\S+) -H 'Content-Type: application\/json' \\\n\s+--data-binary @(\S+) '(\S+)'\n/,
      )
      const { port, pathname, search } = new URL(url)
      const { json } = await send(Number(port), pathname + search, {
        ca: await readFile(ca),
        headers: { 'content-type': 'application/json' },
        body: await readFile(review),
      })
      expect(json).to.have.nested.property('response.allowed', true)
    })

    it('had named commands that work for whoever has an older Node as well', async () => {
      const [, check = '', explain = ''] = await shown(staying, /\n(\S.* check .*)\n(\S.* explain .*)\n/)
      for (const { exitCode, output } of await Promise.all([type(check), type(explain.replace('FILE', manifest))])) {
        expect(output).to.match(/quay\.io\/my-org\/api:v1\.0\.1 .* served .* rewritten/)
        expect(exitCode).to.equal(0)
      }
    })

    it('stays until it is interrupted, and leaves nothing behind', async () => {
      staying.child.kill('SIGINT')
      await staying.ended
      await expectNothingLeft(staying)
    })
  })
})
