import { registryHost } from '../reference/registryHost.ts'
import type { ValidConfig } from './schema.ts'
import type { Path } from './shape.ts'
import { isObjectName } from './values.ts'

/** Values that are allowed one by one, but not together. */
export interface Contradiction {
  /** The key that the message names, and the other keys that take part. */
  readonly path: Path
  readonly others: readonly Path[]
  readonly fault: string
}

/** The name of the pull secret where the configuration does not give one. */
export function pullSecretName(appSlug: string): string {
  return `${appSlug}-registry`
}

/** The contradictions in a configuration whose keys are valid one by one. */
export function contradictions({ appSlug, check, metrics, policy, pullSecret, server }: ValidConfig): Contradiction[] {
  const found: Contradiction[] = []
  const add = (when: boolean, path: string, others: readonly string[], fault: string) => {
    if (when)
      found.push({ path: path.split('.'), others: others.map((other) => other.split('.')), fault: `${path}: ${fault}` })
  }

  const { mode, certFile, keyFile } = server.tls
  const pair = ['server.tls.mode', 'server.tls.certFile', 'server.tls.keyFile']
  if (mode === 'self') {
    const given = certFile === undefined ? 'keyFile' : 'certFile'
    add(
      certFile !== undefined || keyFile !== undefined,
      'server.tls.mode',
      pair,
      `self makes its own certificate; with ${given} it must be files`,
    )
  } else {
    const wanted = mode === 'files' || certFile !== undefined || keyFile !== undefined
    add(
      wanted && certFile === undefined,
      'server.tls.certFile',
      pair,
      'is missing; a certificate from files takes certFile and keyFile',
    )
    add(
      wanted && keyFile === undefined,
      'server.tls.keyFile',
      pair,
      'is missing; a certificate from files takes certFile and keyFile',
    )
  }

  add(
    check.deadline > check.total,
    'check.deadline',
    ['check.total'],
    `expected at most check.total (${check.total}ms), not ${check.deadline}ms`,
  )
  add(
    check.timeout > check.total,
    'check.timeout',
    ['check.total'],
    `expected at most check.total (${check.total}ms), not ${check.timeout}ms`,
  )
  add(
    server.port !== 0 && server.port === metrics.port,
    'metrics.port',
    ['server.port'],
    `expected another port than server.port, not ${metrics.port}`,
  )

  for (const names of Map.groupBy(Object.keys(check.endpoints), registryHost).values()) {
    if (new Set(names.map((name) => check.endpoints[name])).size < 2) continue
    found.push({
      path: ['check', 'endpoints'],
      others: [],
      fault: `check.endpoints: ${names.map((name) => JSON.stringify(name)).join(' and ')} are one registry; expected one URL for it`,
    })
  }

  for (const [index, { action, template }] of policy.rules.entries()) {
    if (action === 'leave' && template !== undefined) {
      found.push({
        path: ['policy', 'rules', index, 'template'],
        others: [],
        fault: `policy.rules[${index}].template: only a rule with action proxy has a template, this one's is leave`,
      })
    }
  }

  const derived = pullSecretName(appSlug)
  add(
    appSlug !== '' && pullSecret.name === undefined && !isObjectName(derived),
    'pullSecret.name',
    ['appSlug'],
    `is missing; ${JSON.stringify(derived)}, made of appSlug, cannot be the name of a Secret`,
  )
  return found
}
