import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/**
 * What every number of the benchmark is compared with: a bare https server that parses the review and answers the bytes
 * that it was given. Arguments: the files of a certificate, its key and the answer.
 */
const [certFile = '', keyFile = '', answerFile = ''] = process.argv.slice(2)
const answer = readFileSync(answerFile)
const headers = { 'content-type': 'application/json', 'content-length': answer.length }

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.3', keepAliveTimeout: 120_000 },
  (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString())
      response.writeHead(200, headers)
      response.end(answer)
    })
  },
)
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }))
})
