import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServers } from '../../testbed/servers.ts'

/*
 * The demo's registries and the licensed proxy's stand-in, in a Pod. Its arguments: the folder with their certificate, the
 * port of the first of them, and the one at which the stand-in speaks plain HTTP.
 */

const [directory = '', firstPort, plainPort] = process.argv.slice(2)
const read = (name: string) => readFileSync(join(directory, name), 'utf8')

await startServers({
  certificate: { cert: read('tls.crt'), key: read('tls.key') },
  ca: read('ca.crt'),
  firstPort: Number(firstPort),
  listenPlain: { host: '', port: Number(plainPort) },
})

// The first process of a container ends by no signal that it does not handle.
process.on('SIGTERM', () => process.exit())
