import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/*
 * For `node --import`: writes the path of each file that is loaded, and `node:NAME` of each of Node's own modules, as a line to
 * the file that LOADED_FILES names. Timers take a hundred times as long, so that a slow machine loads nothing that is loaded when there is time.
 */

const record = process.env['LOADED_FILES'] ?? ''
const setTimer = globalThis.setTimeout

registerHooks({
  load: (url, context, next) => {
    if (/^(?:file|node):/.test(url)) appendFileSync(record, `${url.startsWith('file:') ? fileURLToPath(url) : url}\n`)
    return next(url, context)
  },
})

const slowly = (run: () => void, milliseconds = 0) => setTimer(run, 100 * milliseconds)
globalThis.setTimeout = Object.assign(slowly, { __promisify__: setTimer.__promisify__ })
