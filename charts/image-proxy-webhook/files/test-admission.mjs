// `helm test`: asks the webhook what the API server would ask, about a Pod whose image needs the pull secret only.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { checkServerIdentity } from 'node:tls'

const {
  WEBHOOK_ADDRESS: host,
  WEBHOOK_NAME: name,
  PROXY_DOMAIN: domain,
  PULL_SECRET: pullSecret,
  MODE: mode,
  CA_BUNDLE: caBundle,
} = process.env
const namespace = name.split('.')[1]
// A packet filter that drops what it does not like lets one wait for ever.
const signal = AbortSignal.timeout(20_000)

console.log(`asking http://${host}:9090/readyz`)
const [ready] = await once(get({ host, port: 9090, path: '/readyz?verbose', signal }), 'response')
const report = await text(ready)
console.log(report)
assert.equal(ready.statusCode, 200, 'the webhook is not ready')

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'helm-test', namespace },
  spec: { containers: [{ name: 'test', image: `${domain}/proxy/helm-test/image:1` }] },
}
const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'helm-test',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    name: 'helm-test',
    namespace,
    operation: 'CREATE',
    userInfo: {},
    object: pod,
    oldObject: null,
    dryRun: true,
  },
}
const call = request({
  host,
  servername: name,
  path: '/mutate',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  // Where the values name no CA, the one to trust is known to the API server alone.
  ca: caBundle,
  rejectUnauthorized: caBundle !== undefined,
  allowPartialTrustChain: true,
  signal,
})
console.log(`asking https://${host}/mutate`)
call.end(JSON.stringify(review))
const [answer] = await once(call, 'response')
assert.ifError(checkServerIdentity(name, answer.socket.getPeerCertificate()))
const body = await text(answer)
assert.equal(answer.statusCode, 200, body)
const { response } = JSON.parse(body)
assert.equal(response.uid, 'helm-test')
assert.equal(response.allowed, true)
const patch = Buffer.from(response.patch ?? '', 'base64').toString()
console.log(`patch: ${patch || 'none'}`)
if (mode === 'rewrite') assert.ok(patch.includes(`"${pullSecret}"`), 'the pull secret was not attached')
