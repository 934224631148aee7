import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import express from 'express'

/**
 * What the start is compared with: an Express application over https that answers every review with `{}`, bundled in the
 * way of the webhook. Arguments: the files of a certificate and of its key.
 */
const [certFile = '', keyFile = ''] = process.argv.slice(2)
const app = express()
app.post('/mutate', express.json(), (_request, response) => {
  response.json({})
})

const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, app)
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }))
})
