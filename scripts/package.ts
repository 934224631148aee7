import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { stringify } from 'yaml'
import manifest from '../package.json' with { type: 'json' }

/*
 * Makes what is published beside the container image and the chart: `npm/`, the command line as a package without
 * dependencies, and `krew/`, the same as a plugin of kubectl with its manifest for Krew. `--out DIR`, default dist/package.
 */

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist/package') } } })
const directory = resolve(values.out)
const npm = join(directory, 'npm')
const krew = join(directory, 'krew')

const home = 'https://github.com/image-proxy-webhook/image-proxy-webhook'
const { name, version, description, license, engines } = manifest
const archive = `kubectl-image_proxy_v${version}.tar.gz`

/** Krew starts this: where there is no Node.js at all, `env` would say so in words that help nobody. */
const launcher = `#!/bin/sh
command -v node >/dev/null || {
  echo 'error: kubectl image-proxy needs Node.js ${/\d+/.exec(engines.node)?.[0] ?? ''} or later: see https://nodejs.org' >&2
  exit 2
}
exec node "$(dirname "$(readlink -f "$0")")/cli.mjs" "$@"
`

await rm(directory, { recursive: true, force: true })
await mkdir(krew, { recursive: true })
await run(process.execPath, [join(root, 'scripts/build.ts'), '--out', npm])
await Promise.all([
  copyFile(join(root, 'scripts/cli.mjs'), join(npm, 'cli.mjs')),
  copyFile(join(root, 'README.md'), join(npm, 'README.md')),
  copyFile(join(root, 'LICENSE'), join(npm, 'LICENSE')),
  writeFile(join(npm, 'kubectl-image_proxy'), launcher),
  writeFile(join(npm, 'package.json'), `${JSON.stringify(packageManifest(), null, 2)}\n`),
])
await Promise.all(['cli.mjs', 'kubectl-image_proxy'].map((file) => chmod(join(npm, file), 0o755)))
await run('tar', ['--sort=name', '--owner=0', '--group=0', '--mtime=@0', '-czf', join(krew, archive), '-C', npm, '.'])
await writeFile(join(krew, 'image-proxy.yaml'), stringify(krewManifest(await readFile(join(krew, archive)))))
console.log(`${npm}\n${krew}`)

/** The bundle holds all that it needs, so that nothing is installed with it. */
function packageManifest() {
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    homepage: home,
    repository: { type: 'git', url: `git+${home}.git` },
    keywords: ['kubernetes', 'admission webhook', 'kubectl plugin', 'image pull secret', 'replicated'],
    bin: { 'image-proxy-webhook': 'cli.mjs', 'kubectl-image_proxy': 'cli.mjs' },
    engines,
  }
}

/** https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
function krewManifest(content: Buffer) {
  return {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'image-proxy' },
    spec: {
      version: `v${version}`,
      homepage: home,
      shortDescription: 'Tell which images a licensed proxy would serve',
      description:
        'Tells for the images of manifests, or of the Pods that run, whether they can be read without credentials,\n' +
        'whether the licensed proxy serves them, and what image-proxy-webhook would do with them.\n',
      caveats: `Needs Node.js ${/\d+/.exec(engines.node)?.[0] ?? ''} or later.\n`,
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['linux', 'darwin'] }] },
          uri: `${home}/releases/download/v${version}/${archive}`,
          sha256: createHash('sha256').update(content).digest('hex'),
          bin: 'kubectl-image_proxy',
        },
      ],
    },
  }
}
