import { createServer } from 'node:https'
import { createAuthority, loadAuthority, type Authority } from '../../../../testbed/certificates.ts'
import { startServer } from '../../../../testbed/httpsServer.ts'
import type { World } from '../../install/support/world.ts'

/** Registries that let nobody pull, neither a node nor the webhook. */
export interface BadRegistries {
  /** Images of theirs. */
  readonly limited: string
  readonly untrusted: string
  close(): Promise<void>
}

const limited = { name: 'registry.limited.example', port: 8447 }
const untrusted = { name: 'registry.untrusted.example', port: 8448 }
const tooMany = { errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }] }

/** Starts one that answers each request with a 429, and one whose certificate nobody trusts. */
export async function startBadRegistries({ cluster }: World): Promise<BadRegistries> {
  const script = cluster.script()
  const [address = ''] = script.furtherAddresses
  const start = async (authority: Authority, { name, port }: typeof limited) => {
    const certificate = await authority.issue({ names: [name] })
    const server = createServer(certificate, (_, response) => {
      response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify(tooMany))
    })
    await script.resolve(name, address)
    return startServer(server, { host: address, port })
  }
  const servers = [
    await start(await loadAuthority(script.registryAuthority), limited),
    await start(await createAuthority(), untrusted),
  ]
  const image = ({ name, port }: typeof limited) => `${name}:${port}/team/app:1`
  return {
    limited: image(limited),
    untrusted: image(untrusted),
    async close() {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}
