import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { appSlug, licenseId, type Scene } from './scene.ts'

export interface WebhookFiles {
  /** Of its certificate. */
  readonly names: readonly string[]
  /** Sections of its configuration, as far as they differ from those of a webhook that knows the scene. */
  readonly check: object
  readonly server?: object
  readonly pullSecret?: object
}

/** The license, as a customer has it. */
export function licenseFile(): string {
  return stringify({
    apiVersion: 'kots.io/v1beta1',
    kind: 'License',
    metadata: { name: 'demo' },
    spec: { licenseID: licenseId, appSlug },
  })
}

/**
 * Writes into `directory` the configuration of a webhook that knows the scene's registries and proxy, `config.yaml`, and
 * the files that it names: a license and a certificate.
 */
export async function writeWebhookFiles(
  directory: string,
  { authority, endpoints }: Scene,
  { names, check, server, ...others }: WebhookFiles,
): Promise<void> {
  const path = (name: string) => join(directory, name)
  const { cert, key } = await authority.issue({ names: [...names] })
  const config = {
    license: { file: path('license.yaml') },
    check: { caFile: path('ca.pem'), endpoints, ...check },
    server: { tls: { mode: 'files', certFile: path('tls.crt'), keyFile: path('tls.key') }, ...server },
    metrics: { port: 0 },
    log: { format: 'json' },
    ...others,
  }
  const files = {
    'ca.pem': authority.certificate,
    'tls.crt': cert,
    'tls.key': key,
    'license.yaml': licenseFile(),
    'config.yaml': stringify(config),
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path(name), text, { mode: 0o600 })))
}
