import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

/*
 * Makes the licensed proxy's stand-in reachable at `localhost` of a node. Its arguments: the port there, and the address
 * and port of the stand-in.
 */

const [port, address, addressPort] = process.argv.slice(2)

createServer((socket) => {
  const upstream = connect(Number(addressPort), address)
  // Whichever end breaks ends the other; containerd tries again.
  pipeline(socket, upstream, socket, () => undefined)
}).listen(Number(port), '127.0.0.1')

// The first process of a container ends by no signal that it does not handle.
process.on('SIGTERM', () => process.exit())
