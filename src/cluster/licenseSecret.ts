import type { V1Secret } from '@kubernetes/client-node'
import type { LicenseState } from '../license/source.ts'
import { licenseFromDockerConfig, licenseFromFile, licenseFromId, type LicenseReading } from '../license/content.ts'
import type { LicenseHosts } from '../license/hosts.ts'
import type { Api } from '../kubernetes/api.ts'
import { secretsNamed, secretText } from './secrets.ts'
import { watchObjects, type ObjectWatch } from '../kubernetes/watch.ts'

export interface LicenseSecretOptions {
  readonly api: Api
  readonly namespace: string
  readonly name: string
  readonly hosts: LicenseHosts
  /** Told of the license, or of what is wrong with the Secret, now and at each change. */
  readonly listener: (state: LicenseState) => void
}

/** The keys of the Secret that may hold a license, the first that is there winning. */
const readers: readonly (readonly [string, (text: string, hosts: LicenseHosts) => LicenseReading])[] = [
  ['.dockerconfigjson', licenseFromDockerConfig],
  ['license.yaml', licenseFromFile],
  // A file that `kubectl create secret --from-file` took often ends in a line break.
  ['id', (text, hosts) => licenseFromId(text.trim(), hosts)],
]

/**
 * Follows the license in a Secret. One that is deleted or spoiled is a fault; an API server that cannot be asked later
 * is none: what it said last still holds.
 */
export function watchLicenseSecret({ api, namespace, name, hosts, listener }: LicenseSecretOptions): ObjectWatch {
  const subject = `the Secret ${namespace}/${name}`
  let last: string | undefined
  let found = false

  function tell(state: LicenseState): void {
    const signature = JSON.stringify([state.fault, state.license?.appSlug, state.license?.dockerConfigJson])
    if (signature === last) return
    last = signature
    listener(state)
  }

  return watchObjects(api, secretsNamed(api, name, namespace), {
    relisting: () => {
      found = false
    },
    seen: (secret) => {
      found = true
      tell(read(secret, hosts, subject))
    },
    gone: () => {
      tell({ fault: `${subject} was deleted` })
    },
    listed: () => {
      if (!found) tell({ fault: `${subject} does not exist` })
    },
    fault: (sentence) => {
      if (sentence !== undefined && last === undefined) listener({ fault: `${subject} cannot be read: ${sentence}` })
    },
  })
}

function read(secret: V1Secret, hosts: LicenseHosts, subject: string): LicenseState {
  for (const [key, reader] of readers) {
    const text = secretText(secret, key)
    if (text === undefined) continue
    const reading = reader(text, hosts)
    return 'fault' in reading ? { fault: `${subject}, key ${key}: ${reading.fault}` } : reading
  }
  return { fault: `${subject} has none of the keys ${readers.map(([key]) => key).join(', ')}` }
}
