#!/usr/bin/env node
/*
 * What npm and kubectl start. Plain JavaScript, because it may be an old Node.js that runs it.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { URL } from 'node:url'

const { engines } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const wanted = Number(/\d+/.exec(engines.node)[0])

if (Number(process.versions.node.split('.')[0]) >= wanted) {
  await import('./main.js')
} else {
  process.stderr.write(
    `error: image-proxy-webhook needs Node.js ${wanted} or later, and this is ${process.version}: see https://nodejs.org\n`,
  )
  process.exitCode = 2
}
