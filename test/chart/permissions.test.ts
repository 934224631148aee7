import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { at, chart, idOf, licensed, manifests, type Manifest } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

const name = 'proxy-image-proxy-webhook'
const own = 'image-proxy-system'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** Every permission as a sentence: where, what, of which names, and the verbs. */
async function permissions(values: object): Promise<string[]> {
  const roles = (await manifests({ ...licensed, ...values })).filter(({ kind }) => kind.endsWith('Role'))
  return roles.flatMap((role) => rulesOf(role).map((rule) => sentence(role, rule)))
}

function rulesOf(role: Manifest): readonly Rule[] {
  return role['rules'] as readonly Rule[]
}

function sentence({ metadata }: Manifest, { resources, resourceNames, verbs }: Rule): string {
  const of = resourceNames === undefined ? '' : ` ${resourceNames.join(' ')}`
  return `${metadata.namespace ?? '*'}: ${resources.join(' ')}${of}: ${verbs.join(' ')}`
}

const license = `${own}: secrets ${name}-license: list watch`
const certificate = [`${own}: secrets ${name}-tls: get list watch update`, `${own}: secrets: create`]
const lease = [`${own}: leases ${name}: get update`, `${own}: leases: create`]
const watched = (namespace: string) => [
  `${namespace}: pods: list watch`,
  `${namespace}: namespaces: get`,
  `${namespace}: events: create`,
]
const copies = (namespace: string) => [
  `${namespace}: secrets my-app-registry: get list watch create patch`,
  ...watched(namespace),
]
const repairs = (namespace: string) => [`${namespace}: pods: patch delete`, `${namespace}: jobs: get`]
const webhook = (verbs: string) => `*: mutatingwebhookconfigurations ${name}: ${verbs}`

const certManager = { tls: { mode: 'cert-manager' } }
const noCopies = { pullSecret: { provision: false } }
const noRepairs = { repair: { enabled: false } }

const cases: readonly (readonly [string, object, readonly string[]])[] = [
  [
    'copies and repairs in its own namespace, and certificates',
    {},
    [license, ...certificate, ...lease, webhook('get list watch patch'), ...copies(own), ...repairs(own)],
  ],
  [
    'copies and repairs in listed namespaces',
    { ...certManager, additionalNamespaces: ['my-app'] },
    [
      license,
      ...lease,
      webhook('list watch'),
      ...copies(own),
      ...repairs(own),
      ...copies('my-app'),
      ...repairs('my-app'),
    ],
  ],
  [
    'copies and repairs in all namespaces',
    { ...certManager, additionalNamespaces: ['*'], rbac: { scope: 'cluster' } },
    [license, ...lease, webhook('list watch'), ...copies('*'), ...repairs('*')],
  ],
  [
    'copies and repairs in listed namespaces that come later',
    { ...certManager, additionalNamespaces: ['my-app'], rbac: { scope: 'cluster' } },
    [license, ...lease, webhook('list watch'), ...copies('*'), ...repairs('*')],
  ],
  [
    'copies without repairs',
    { ...certManager, ...noRepairs },
    [license, ...lease, webhook('list watch'), ...copies(own)],
  ],
  [
    'repairs without copies, in listed namespaces',
    { ...certManager, ...noCopies, repair: { enabled: true }, additionalNamespaces: ['my-app'] },
    [
      license,
      ...lease,
      webhook('list watch'),
      ...['my-app', own].flatMap((namespace) => [...watched(namespace), ...repairs(namespace)]),
    ],
  ],
  [
    'repairs without copies, in all namespaces',
    { ...certManager, ...noCopies, repair: { enabled: true }, additionalNamespaces: ['*'], rbac: { scope: 'cluster' } },
    [license, ...lease, webhook('list watch'), ...watched('*'), ...repairs('*')],
  ],
  ['certificates alone', noCopies, [license, ...certificate, webhook('get list watch patch')]],
  ['neither', { ...certManager, ...noCopies }, []],
  ['all of it, by somebody else', { rbac: { create: false } }, []],
]

describeWithHelm('the permissions', () => {
  for (const [what, values, expected] of cases) {
    it(`are exactly those for ${what}`, async () => {
      expect(await permissions(values)).to.have.members(expected)
    })
  }

  it('are bound to the service account, each Role by one binding', async () => {
    const objects = await manifests({ ...licensed, additionalNamespaces: ['my-app'] })
    const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding'))
    const roles = objects.filter(({ kind }) => kind.endsWith('Role'))
    expect(bindings.map((binding) => idOf(binding).replace('Binding', ''))).to.have.members(roles.map(idOf))
    for (const binding of bindings) {
      expect(binding['subjects']).to.deep.equal([{ kind: 'ServiceAccount', name, namespace: own }])
      expect(at(binding, 'roleRef.name')).to.equal(binding.metadata.name)
    }
  })

  it('come with a token only where there are any', async () => {
    const mounted = async (values: object) => {
      const deployment = (await manifests({ ...licensed, ...values })).find(({ kind }) => kind === 'Deployment')
      return at(deployment, 'spec.template.spec.automountServiceAccountToken')
    }
    expect([await mounted({}), await mounted(certManager), await mounted(noCopies)]).to.deep.equal([true, true, true])
    expect(await mounted({ ...certManager, ...noCopies })).to.equal(false)
  })

  it('are not lent to other Pods of the service account, unless they ask for its token', async () => {
    const account = (await manifests(licensed)).find(({ kind }) => kind === 'ServiceAccount')
    expect(at(account, 'automountServiceAccountToken')).to.equal(false)
  })

  it('never hold a wildcard', async () => {
    const everything = await manifests({ ...licensed, additionalNamespaces: ['*'], rbac: { scope: 'cluster' } })
    const rules = everything.filter(({ kind }) => kind.endsWith('Role')).flatMap(rulesOf)
    expect(rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])).not.to.include(
      '*',
    )
  })

  it('each have a reason in the README', async () => {
    const readme = await readFile(join(chart, 'README.md'), 'utf8')
    const explained = readme
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .flatMap(([, resource = '', , verbs = '']) =>
        verbs.split(', ').map((verb) => `${resource.toLowerCase()} ${verb}`),
      )
    const rules = (await manifests(licensed)).filter(({ kind }) => kind.endsWith('Role')).flatMap(rulesOf)
    for (const { resources, verbs } of rules) {
      for (const verb of verbs) expect(explained).to.include(`${resources.join()} ${verb}`)
    }
  })
})
