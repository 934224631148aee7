import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { describeWithHelm, newestHelm, programOf } from '../chart/support/programs.ts'
import { root } from '../docs/documents.ts'
import { run } from '../support/command.ts'

interface Step {
  readonly name?: string
  readonly run?: string
  readonly 'working-directory'?: string
}
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>
}

const version = '7.8.9'
const digest = `sha256:${'a'.repeat(64)}`

/** What needs an account, or a registry: each call is written down in place of it, and answered as the real one answers. */
const standIns: Readonly<Record<string, string>> = {
  docker: `echo '"${digest}"'`,
  cosign: 'cat >/dev/null',
  gh: ':',
  // Everything but what goes to a registry is Helm's own.
  helm: `case $1 in registry) cat >/dev/null ;; push) echo 'Digest: ${digest}' >&2 ;; *) exec "$HELM" "$@" ;; esac`,
  npm: `case $1 in ci | test | publish) ;; *) exec "$NPM" "$@" ;; esac`,
}

describeWithHelm(
  'the workflow Release, its commands run one after the other with what they push to stood in for,',
  function () {
    this.timeout(120_000)
    let copy: string
    let workflow: Workflow
    let env: NodeJS.ProcessEnv

    before(async () => {
      copy = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-test-'))
      const bin = join(copy, '.bin')
      await run('bash', [
        '-c',
        'cd "$0" && git ls-files -coz --exclude-standard | tar c --null -T - | tar x -C "$1"',
        root,
        copy,
      ])
      await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
      await mkdir(bin)
      for (const [name, script] of Object.entries(standIns)) {
        await writeFile(join(bin, name), `#!/usr/bin/env bash\necho "${name} $*" >>"$CALLS"\n${script}\n`)
        await chmod(join(bin, name), 0o755)
      }
      const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
      const npm = (await run('bash', ['-c', 'command -v npm'], { env: { ...process.env, PATH: path } })).stdout.trim()
      env = {
        ...process.env,
        PATH: [bin, path].join(delimiter),
        ...{
          HELM: programOf(newestHelm()),
          NPM: npm,
          CALLS: join(copy, '.calls'),
          GITHUB_OUTPUT: join(copy, '.output'),
        },
        ...{
          GITHUB_REF_NAME: `v${version}`,
          GITHUB_ACTOR: 'somebody',
          TOKEN: 'a-token',
          VERSION: version,
          DIGEST: digest,
        },
        ...{ IMAGE: 'ghcr.io/o/image', CHARTS: 'ghcr.io/o/charts' },
      }
      const git = 'git init -q && git add README.md && git -c user.name=a -c user.email=a@example.com commit -qm a'
      await run('bash', ['-c', `cd "$0" && ${git} && node scripts/release-version.ts ${version}`, copy], { env })
      workflow = parse(await readFile(join(copy, '.github/workflows/release.yml'), 'utf8')) as Workflow
    })
    after(() => rm(copy, { recursive: true }))

    const read = (file: string) => readFile(join(copy, file), 'utf8')

    /** Runs the commands of a job as GitHub runs them. @returns what it called of the programs that are stood in for, and its outputs */
    async function runJob(job: string): Promise<{ calls: string; outputs: string }> {
      await Promise.all(['.calls', '.output'].map((file) => writeFile(join(copy, file), '')))
      const steps = workflow.jobs[job]?.steps.filter((step) => step.run !== undefined) ?? []
      expect(steps, job).not.to.be.empty
      for (const { run: commands = '', 'working-directory': directory = '.' } of steps) {
        const script = commands.replace(/\$\{\{ contains\(.*?\}\}/g, 'latest')
        expect(script).not.to.include('${{')
        await run(
          'bash',
          ['-c', `cd "$0" && bash --noprofile --norc -eo pipefail -c "$1"`, join(copy, directory), script],
          { env },
        )
      }
      return { calls: await read('.calls'), outputs: await read('.output') }
    }

    it('take the version from the tag', async () => {
      expect((await runJob('verify')).outputs).to.equal(`version=${version}\n`)
    })

    it('end where the tag is not the version of the files', async () => {
      const before = env
      env = { ...before, GITHUB_REF_NAME: 'v1.0.0' }
      const failed = await runJob('verify').catch((error: unknown) => String(error))
      env = before
      expect(failed).to.include(`::error::The tag is v1.0.0, and the version of the files is ${version}`)
    })

    it('resolve the base images of the Dockerfile to digests, and sign what was built', async () => {
      const { calls, outputs } = await runJob('image')
      const bases = [...(await read('Dockerfile')).matchAll(/^ARG (BUILD_IMAGE|RUNTIME_IMAGE)=(.*)$/gm)]
      expect(bases).to.have.length(2)
      for (const [, argument, image] of bases) expect(outputs).to.include(`${argument}=${image}@${digest}\n`)
      expect(outputs).to.match(/^created=\d{4}-\d\d-\d\dT\S+$/m)
      expect(calls).to.match(new RegExp(`^cosign sign --yes --recursive ghcr.io/o/image@${digest}$`, 'm'))
    })

    it('package the chart at the version, push it and sign what the registry calls it', async () => {
      const { calls } = await runJob('chart')
      expect(calls).to.include(`helm push dist/image-proxy-webhook-${version}.tgz oci://ghcr.io/o/charts\n`)
      expect(calls).to.include(`cosign sign --yes ghcr.io/o/charts/image-proxy-webhook@${digest}\n`)
      const { stdout } = await run('tar', ['tzf', join(copy, `dist/image-proxy-webhook-${version}.tgz`)])
      const files = stdout.split('\n').map((file) => file.replace('image-proxy-webhook/', ''))
      expect(files).to.include.members([
        'Chart.yaml',
        'README.md',
        'values.yaml',
        'values-ha.yaml',
        'values.schema.json',
      ])
      expect(files.filter((file) => file.startsWith('ci/'))).to.deep.equal([])
    })

    it('publish the command line as a package that holds the bundle and no other code', async () => {
      const { calls } = await runJob('command-line')
      expect(calls).to.include('npm publish --provenance --access public --tag latest\n')
      const { stdout } = await run('npm', ['pack', '--dry-run', '--json', join(copy, 'dist/package/npm')], { env })
      const [packed] = JSON.parse(stdout) as { version: string; files: { path: string }[] }[]
      expect(packed?.version).to.equal(version)
      const folders = packed?.files.map(({ path }) => path) ?? []
      expect(folders).to.include.members(['cli.mjs', 'main.js', 'LICENSE', 'README.md', 'package.json'])
      expect(folders.filter((path) => /\.ts$|node_modules|test/.test(path))).to.deep.equal([])
    })

    it('write the notes of the release: its section of the changelog, and the image by digest', async () => {
      const { calls } = await runJob('release')
      const notes = await read('notes.md')
      expect(notes).to.match(/^### (?:Added|Changed|Fixed|Security)$/m)
      expect(notes).to.include(`    ghcr.io/o/image:${version}@${digest}\n`)
      expect(calls).to.match(new RegExp(`^gh release create v${version} --verify-tag .*--notes-file notes.md `, 'm'))
      expect(calls).not.to.include('--prerelease')
    })

    it('are those of every job that has some', () => {
      const jobs = Object.entries(workflow.jobs).filter(([, { steps }]) => steps.some((step) => step.run !== undefined))
      expect(jobs.map(([name]) => name)).to.have.members(['verify', 'image', 'chart', 'command-line', 'release'])
    })
  },
)
