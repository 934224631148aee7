import { expect } from 'chai'
import { run } from '../support/command.ts'
import { chart, licensed } from './support/helm.ts'
import { emptyKeys, nulls } from './support/nulls.ts'
import { describeWithHelm, helms, programOf } from './support/programs.ts'

/** What Helm says after an install. That of version 3 wants a cluster for it. */
async function notes(values: object): Promise<string> {
  const words = ['install', 'proxy', chart, '--namespace=image-proxy-system', '--dry-run=client', '--values=-']
  const options = {
    input: JSON.stringify({ ...licensed, ...values }),
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  }
  const { stdout } = await run(programOf('helm4'), words, options)
  return stdout.slice(stdout.indexOf('NOTES:'))
}

const rewrites = 'are pointed at proxy.replicated.com, with the pull secret my-app-registry'
const mends = 'wait for an image are mended'
const waits = 'wait for their images until they are created anew'
const brings = 'bring the Secret my-app-registry to each of the namespaces yourself'
const refuses = 'no Pod can be created in the namespaces above'
const hooks = 'pre-install'
const everything = [rewrites, mends, waits, brings, refuses, hooks]

/** Values, and what is said of all that may be. */
const cases: readonly (readonly [string, object, readonly string[]])[] = [
  ['what is patched, and what is mended', {}, [rewrites, mends, hooks]],
  ['that nothing is changed in audit mode, nor mended', { policy: { mode: 'audit' } }, []],
  ['the same in audit mode where no copy is made', { policy: { mode: 'audit' }, pullSecret: { provision: false } }, []],
  [
    'what is left to do where nothing is copied',
    { pullSecret: { provision: false } },
    [rewrites, waits, brings, hooks],
  ],
  ['what is left to do where nothing is mended', { repair: { enabled: false } }, [rewrites, waits, hooks]],
  ['what an outage costs', { webhook: { failurePolicy: 'Fail' } }, [rewrites, mends, refuses, hooks]],
]

if (helms.includes('helm4')) {
  describeWithHelm('the notes after an install', () => {
    for (const [what, values, expected] of cases) {
      it(`say ${what}`, async () => {
        const said = await notes(values)
        expect(everything.filter((sentence) => said.includes(sentence))).to.deep.equal(expected)
      })
    }

    const noEntry =
      'global.replicated.dockerconfigjson has no entry for any of proxy.replicated.com, registry.replicated.com:'
    const injected = (host: string) => {
      const dockerconfigjson = JSON.stringify({ auths: { [host]: { auth: 'YTpi' } } })
      const replicated = { dockerconfigjson: Buffer.from(dockerconfigjson).toString('base64') }
      return { license: { id: '' }, global: { replicated } }
    }

    it('warn of an injected license that has no entry for the proxy', async () => {
      expect(await notes(injected('registry.example.com'))).to.include(noEntry)
    })

    const endpoints = {
      'docker.io': 'https://mirror.example.com:5000/hub',
      'quay.io': 'https://mirror.example.com/quay',
    }
    const closed = 'networkPolicy.egressPorts has no 5000, the port of mirror.example.com:5000: add it'

    it('warn of a port that the network policy keeps the webhook from', async () => {
      const said = await notes({ networkPolicy: { enabled: true }, check: { endpoints } })
      expect(said.match(/networkPolicy\.egressPorts has no \d+/g)).to.have.lengthOf(1)
      expect(said).to.include(closed)
    })

    it('do not warn of a port where no network policy is made, or it lets out to that', async () => {
      const open = { enabled: true, egressPorts: [443, 5000, 6443] }
      for (const networkPolicy of [{}, open]) {
        expect(await notes({ networkPolicy, check: { endpoints } })).not.to.include('networkPolicy.egressPorts')
      }
    })

    it('do not warn of an injected license that has one', async () => {
      expect(await notes(injected('https://proxy.replicated.com/v1/'))).not.to.include('has no entry')
    })

    it('are the same where what is empty by default is null', async () => {
      const unset = nulls(emptyKeys)
      const withLicense = injected('registry.example.com')
      const closedIn = { enabled: true, egressPorts: [6443] }
      const expected = await notes({ ...withLicense, networkPolicy: closedIn })
      expect(expected).to.include(noEntry).and.to.include('networkPolicy.egressPorts has no 443')
      const networkPolicy = { ...unset['networkPolicy'], ...closedIn }
      const license = { ...unset['license'], ...withLicense.license }
      expect(await notes({ ...unset, ...withLicense, license, networkPolicy })).to.equal(expected)
    })

    it('name the namespaces', async () => {
      expect(await notes({ additionalNamespaces: ['a'] })).to.include('in these namespaces: image-proxy-system, a.')
      expect(
        await notes({ additionalNamespaces: ['*'], rbac: { scope: 'cluster' }, excludedNamespaces: ['b'] }),
      ).to.include('in every namespace but kube-system, kube-public, kube-node-lease, b.')
    })
  })
}
