import { execFile } from 'node:child_process'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'

import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild'
import { lateEntryPoints, standIns, standInsOfBuiltins } from './lateModules.ts'

const root = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

/**
 * `--out DIR`, `--entry FILE` to bundle something else in the same way, for a comparison, and `--metafile FILE` for what
 * became of each source (https://esbuild.github.io/analyze/).
 */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist') },
    entry: { type: 'string' },
    metafile: { type: 'string' },
  },
})
const directory = resolve(values.out)

/**
 * Bundled CommonJS packages ask for Node's own modules by `require`, which an ES module does not have. It is relative to the
 * folder of `main.js` in the chunks below it, too, for what is loaded late.
 */
const banner = `import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url.replace(/chunks\\/(?!main\\.js$)[^/]+$/, ''));`

/**
 * Express and three packages of its own bring a copy of mime-types each, because the Kubernetes client wants an older one
 * at the top of node_modules. One is enough: the others cost 450 KiB, and each fills its tables at start.
 */
const oneMimeTypes: Plugin = {
  name: 'one mime-types',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^mime-types$/ }, ({ importer, kind, pluginData }) =>
      pluginData === undefined && /node_modules\/(?:accepts|send|type-is)\/[^/]+$/.test(importer)
        ? resolve('mime-types', { kind, resolveDir: join(root, 'node_modules/express'), pluginData: 'resolved' })
        : undefined,
    )
  },
}

/**
 * Node's own modules by `require`: an `import` of `node:http` reads every export of it, which loads Node's copy of undici
 * for three that nobody uses. Here esbuild drops the exports that nobody asks for, since nothing else needs those lines. One
 * for each importer, since what several chunks have in common is a chunk of its own, and each takes half a millisecond of the
 * start.
 */
const requiredBuiltins: Plugin = {
  name: 'required builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind, importer }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin', suffix: `?${importer}` } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(require(path) as object).filter((name) => /^[A-Za-z]\w*$/.test(name))
      const exported = names.map((name) => `const $${name} = /* @__PURE__ */ Reflect.get(all, '${name}')`)
      const list = names.map((name) => `$${name} as ${name}`)
      return {
        contents: [`const all = require('${path}')`, ...exported, `export { all as default, ${list.join(', ')} }`].join(
          '\n',
        ),
      }
    })
  },
}

/** What every command loads at once, and what `serve` does besides. */
const everyCommand = ['./src/cli/exitCode.ts', './src/cli/configuration.ts']
const serve = './src/app.ts'
const loadedByServe = /\/src\/(?:app\.ts|certificates\/|cluster\/|telemetry\/)/

/**
 * A file that is loaded late finds there what its command has loaded before. esbuild does not know, and makes a chunk of all
 * that any set of late files share; each takes half a millisecond of the start. So a late file imports what is there.
 */
const startFirst: Plugin = {
  name: 'start first',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^\./ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const before = loadedByServe.test(importer) ? [...everyCommand, serve] : everyCommand
      const file = await resolve(path, { kind: 'import-statement', resolveDir })
      return { path: file.path, namespace: 'late', pluginData: before }
    })
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path, pluginData: before }) => ({
      contents: [...(before as readonly string[]).map((file) => `import '${file}'`), `export * from '${path}'`].join(
        '\n',
      ),
      resolveDir: root,
    }))
  },
}

const options = {
  absWorkingDir: root,
  outdir: directory,
  bundle: true,
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  // Names stay as they are, for stack traces and the classes of errors.
  minifyIdentifiers: false,
  legalComments: 'external',
  logLevel: 'warning',
} satisfies BuildOptions

/** Writes `main.js`, and beside it the parts that are loaded when they are needed. */
async function bundle(): Promise<Metafile> {
  // Their names change with their content, so that old ones would pile up.
  await Promise.all(['chunks', 'late'].map((folder) => rm(join(directory, folder), { recursive: true, force: true })))
  // Another application than the webhook may well use what the webhook does not.
  const isWebhook = values.entry === undefined
  const { metafile } = await build({
    ...options,
    entryPoints: [{ in: resolve(root, values.entry ?? 'src/main.ts'), out: 'main' }],
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    format: 'esm',
    plugins: [...(isWebhook ? [standIns, standInsOfBuiltins, startFirst] : []), oneMimeTypes, requiredBuiltins],
    banner: { js: banner },
    metafile: true,
  })
  await chmod(join(directory, 'main.js'), 0o755)
  if (isWebhook) {
    await build({ ...options, entryPoints: lateEntryPoints, format: 'cjs', outExtension: { '.js': '.cjs' } })
  }
  return metafile
}

const metafile = await bundle()
if (values.metafile !== undefined) await writeFile(values.metafile, JSON.stringify(metafile))
for (const [file, { bytes, entryPoint }] of Object.entries(metafile.outputs).sort(
  ([, a], [, b]) => b.bytes - a.bytes,
)) {
  if (file.endsWith('.js')) console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KiB  ${file}  ${entryPoint ?? ''}`)
}

if (values.entry === undefined) {
  const started = performance.now()
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, 'main.js'), 'version'])
  console.log(`main.js version: ${stdout.trim()}, ${(performance.now() - started).toFixed(0)} ms`)
}
