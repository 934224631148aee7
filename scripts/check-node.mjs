/*
 * Ends with 1 where Node.js is too old for this project. Plain JavaScript, because it is the old Node.js that runs it.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { URL } from 'node:url'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const wanted = Number(/\d+/.exec(engines.node)[0])

if (Number(process.versions.node.split('.')[0]) < wanted) {
  process.stderr.write(
    `Node.js ${wanted} or later is needed, and this is ${process.version}: run \`npm ci --ignore-scripts=false\`, ` +
      'which installs it for this project alone, or put a newer one into PATH (https://nodejs.org).\n',
  )
  process.exitCode = 1
}
