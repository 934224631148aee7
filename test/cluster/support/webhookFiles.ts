import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appSlug, licenseId, type Scene } from '../../../demo/scene.ts'

/**
 * Writes the configuration of a webhook that knows the scene's registries and proxy, and the files it names: a license,
 * and a certificate for `address`.
 * @returns a fresh directory, with `config.yaml` in it
 */
export async function writeWebhookFiles({ authority, endpoints }: Scene, address: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-admission-'))
  const path = (name: string) => join(directory, name)
  const { cert, key } = await authority.issue({ names: [address] })
  const license = {
    apiVersion: 'kots.io/v1beta1',
    kind: 'License',
    metadata: { name: 'test' },
    spec: { licenseID: licenseId, appSlug },
  }
  const config = {
    license: { file: path('license.yaml') },
    // A registry that never answers is given up at the deadline, and by nothing before that.
    check: { deadline: '1s', timeout: '8s', total: '10s', caFile: path('ca.pem'), endpoints },
    pullSecret: { provision: false },
    server: { tls: { mode: 'files', certFile: path('tls.crt'), keyFile: path('tls.key') } },
    metrics: { port: 0 },
    log: { format: 'json' },
  }
  const files = {
    'ca.pem': authority.certificate,
    'tls.crt': cert,
    'tls.key': key,
    'license.yaml': JSON.stringify(license),
    'config.yaml': JSON.stringify(config),
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path(name), text, { mode: 0o600 })))
  return directory
}
