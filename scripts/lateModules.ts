import type { Plugin } from 'esbuild'

/**
 * What Express, prom-client and pino load at once, and use in functions that the webhook does not call: their reader of
 * bodies, files and their types, query strings with brackets, summaries, pushed metrics, tracing, redaction, a thread that
 * logs. They are 750 KiB, more than a tenth of the start, and 5 MB of memory. And the thorough reader of YAML, which is asked
 * where the quick one is not sure, or something is wrong.
 */
const lateModules: Readonly<Record<string, string>> = {
  'body-reader': 'body-parser/lib/read.js',
  send: 'send/index.js',
  'mime-types': 'express/node_modules/mime-types/index.js',
  qs: 'qs/lib/index.js',
  summary: 'prom-client/lib/summary.js',
  pushgateway: 'prom-client/lib/pushgateway.js',
  opentelemetry: '@opentelemetry/api/dist/index.cjs',
  'pino-redact': '@pinojs/redact/index.js',
  'pino-transport': 'pino/lib/transport.js',
  yaml: 'yaml/dist/index.js',
}

/** A file of its own for each, in the folder `late` beside `main.js`. */
export const lateEntryPoints = Object.entries(lateModules).map(([name, module]) => ({
  in: `./node_modules/${module}`,
  out: `late/${name}`,
}))

/** Bundles a stand-in for each: the module is read when it is called, or a property of it is looked at. */
export const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onLoad }) {
    for (const [name, module] of Object.entries(lateModules)) {
      onLoad({ filter: new RegExp(`/node_modules/${module.replaceAll('.', '\\.')}$`) }, () => ({
        contents: standIn(name),
      }))
    }
  },
}

/**
 * CommonJS, as the module is; of an `import` it serves the default one alone. esbuild leaves a `require` of what is no literal
 * as it is.
 */
function standIn(name: string): string {
  return `
    const file = './late/${name}.cjs'
    let loaded
    const load = () => (loaded ??= require(file))
    module.exports = new Proxy(function () {}, {
      get: (_, property) => load()[property],
      apply: (_, self, given) => Reflect.apply(load(), self, given),
      construct: (_, given) => Reflect.construct(load(), given),
    })`
}

/**
 * What two packages want of Node's own modules at once: pino whether it runs in a thread, which the webhook has none of, and
 * sonic-boom one assertion, at the end. The two modules would take another 2 ms of the start, each with six of Node's own.
 */
const builtinStandIns = [
  { importer: 'pino/lib/tools.js', builtin: 'worker_threads', contents: 'exports.isMainThread = true' },
  {
    importer: 'sonic-boom/index.js',
    builtin: 'assert',
    contents: "module.exports = (...given) => require('assert')(...given)",
  },
]

/** Bundles a stand-in for each in its importer, and there alone. */
export const standInsOfBuiltins: Plugin = {
  name: 'stand-ins of builtins',
  setup({ onResolve, onLoad }) {
    for (const { importer, builtin, contents } of builtinStandIns) {
      onResolve({ filter: new RegExp(`^${builtin}$`) }, ({ importer: from }) =>
        from.endsWith(`/node_modules/${importer}`) ? { path: builtin, namespace: 'builtin-stand-in' } : undefined,
      )
      onLoad({ filter: new RegExp(`^${builtin}$`), namespace: 'builtin-stand-in' }, () => ({ contents }))
    }
  },
}
