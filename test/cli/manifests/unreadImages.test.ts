import { expect } from 'chai'
import { parse } from 'yaml'
import { podsOf } from '../../../src/cli/manifests/pods.ts'
import { unreadImagesOf } from '../../../src/cli/manifests/unreadImages.ts'
import type { JsonObject } from '../../../src/json.ts'

function unread(manifest: string): string[] {
  const value = parse(manifest) as JsonObject
  const found = unreadImagesOf(
    value,
    podsOf(value).map(({ path }) => path),
  )
  return found.map(({ owner, path, image }) => `${owner} ${path} ${image}`)
}

const custom = (kind: string, spec: string) =>
  `apiVersion: example.com/v1\nkind: ${kind}\nmetadata: {name: x, namespace: prod}\nspec: ${spec}\n`

describe('Images that no Pod template explains', () => {
  const cases: readonly [what: string, manifest: string, expected: readonly string[]][] = [
    [
      'are found under imageName, as in a Cluster of CloudNativePG',
      custom('Cluster', '{imageName: "quay.io/my-org/postgres:17"}'),
      ['prod/Cluster/x spec.imageName quay.io/my-org/postgres:17'],
    ],
    [
      'are found under image, as in a Prometheus',
      custom('Prometheus', '{image: "quay.io/prometheus/prometheus:v3", replicas: 2}'),
      ['prod/Prometheus/x spec.image quay.io/prometheus/prometheus:v3'],
    ],
    [
      'have the name that the API server will make, as far as it is known',
      'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: build-}\nspec: {image: "alpine:3"}\n',
      ['Workflow/build-* spec.image alpine:3'],
    ],
    [
      'are found in lists, as in a Workflow of Argo',
      custom('Workflow', '{templates: [{name: a, container: {image: "alpine:3"}}]}'),
      ['prod/Workflow/x spec.templates[0].container.image alpine:3'],
    ],
    [
      'are found under keys that end in Image',
      custom('Kafka', '{kafka: {brokerImage: "my-org/kafka:1"}}'),
      ['prod/Kafka/x spec.kafka.brokerImage my-org/kafka:1'],
    ],
    [
      'are found as repository and tag',
      custom('HelmRelease', '{values: {api: {image: {registry: quay.io, repository: my-org/api, tag: 2}}}}'),
      ['prod/HelmRelease/x spec.values.api.image quay.io/my-org/api:2'],
    ],
    [
      'are found in the items of a List',
      `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: example.com/v1, kind: A, metadata: {name: b}, spec: {image: "redis:7"}}\n`,
      ['A/b items[0].spec.image redis:7'],
    ],
    [
      'are not those of a Pod template in a custom kind',
      custom('Rollout', '{template: {spec: {containers: [{name: a, image: "redis:7"}]}}}'),
      [],
    ],
    [
      "are not looked for in Kubernetes' own kinds",
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {image: "redis:7"}\n`,
      [],
    ],
    [
      'are not looked for in the schema of a custom kind',
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {image: "redis:7"}\n`,
      [],
    ],
    ['are not what cannot be read as a reference', custom('Page', '{image: "https://example.com/logo.png"}'), []],
    ['are not empty strings', custom('Cluster', '{imageName: ""}'), []],
  ]
  for (const [what, manifest, expected] of cases) {
    it(what, () => {
      expect(unread(manifest)).to.deep.equal(expected)
    })
  }
})
