import { expect } from 'chai'
import type { Operation } from 'fast-json-patch'
import { patchText } from '../../../src/cli/manifests/patchText.ts'

const image = (value: string, path = '/spec/containers/0/image'): Operation => ({ op: 'replace', path, value })
const secret: Operation = { op: 'add', path: '/spec/imagePullSecrets', value: [{ name: 's' }] }
const furtherSecret: Operation = { op: 'add', path: '/spec/imagePullSecrets/1', value: { name: 's' } }
const metadata: Operation = { op: 'add', path: '/metadata', value: { annotations: { a: '{"b":"c"}' } } }
const annotations: Operation = { op: 'add', path: '/metadata/annotations', value: { 'x/a': 'b' } }
const annotation: Operation = { op: 'add', path: '/metadata/annotations/x~1a', value: 'b' }

describe('a JSON Patch of YAML text', () => {
  const cases: readonly [what: string, before: string, patch: readonly Operation[], after: string][] = [
    [
      'keeps comments, blanks and quotes around an image',
      `spec:\n\n  containers: # all\n   -  image:   "a"   # one\n      args: ["x",   'y']\n`,
      [image('b/c:1')],
      `spec:\n\n  containers: # all\n   -  image:   "b/c:1"   # one\n      args: ["x",   'y']\n`,
    ],
    ['keeps single quotes', `spec: {containers: [{image: 'a'}]}`, [image('b')], `spec: {containers: [{image: 'b'}]}`],
    [
      'keeps an image plain',
      `spec:\n  containers:\n  - image: a`,
      [image('b@sha256:c')],
      `spec:\n  containers:\n  - image: b@sha256:c`,
    ],
    [
      'adds a key below the last one, with lists as they are written there',
      'spec:\n  containers:\n  - image: a # one\n# end\nstatus: {}\n',
      [secret],
      'spec:\n  containers:\n  - image: a # one\n  imagePullSecrets:\n  - name: s\n# end\nstatus: {}\n',
    ],
    [
      'indents a list where lists are indented',
      'spec:\n    containers:\n        - image: a\n',
      [secret],
      'spec:\n    containers:\n        - image: a\n    imagePullSecrets:\n      - name: s\n',
    ],
    [
      'adds to a list',
      'spec:\n  imagePullSecrets:\n  - name: r   # ours\n  x: 1\n',
      [furtherSecret],
      'spec:\n  imagePullSecrets:\n  - name: r   # ours\n  - name: s\n  x: 1\n',
    ],
    [
      'adds to a list in brackets',
      'spec: {imagePullSecrets: [{name: r}]}\n',
      [furtherSecret],
      'spec: {imagePullSecrets: [{name: r}, {"name":"s"}]}\n',
    ],
    [
      'fills an empty value',
      'spec:\n  imagePullSecrets:\n  x: 1\n',
      [secret],
      'spec:\n  imagePullSecrets: [{"name":"s"}]\n  x: 1\n',
    ],
    [
      'adds to empty braces',
      'metadata:\n  annotations: {}\n',
      [annotation],
      'metadata:\n  annotations: {"x/a": "b"}\n',
    ],
    ['adds a map', 'metadata:\n  name: n\n', [annotations], 'metadata:\n  name: n\n  annotations:\n    x/a: b\n'],
    [
      'adds what belongs to the same place in the right order',
      'spec:\n  containers:\n  - image: a',
      [image('b'), secret, metadata],
      `spec:\n  containers:\n  - image: b\n  imagePullSecrets:\n  - name: s\nmetadata:\n  annotations:\n    a: '{"b":"c"}'`,
    ],
    [
      'adds a key below a block of text',
      'spec:\n  containers:\n  - image: a\n    script: |\n      one\n\n      two\n',
      [secret],
      'spec:\n  containers:\n  - image: a\n    script: |\n      one\n\n      two\n  imagePullSecrets:\n  - name: s\n',
    ],
    [
      'stays JSON where the text is JSON',
      '{\n  "spec": {\n    "containers": [{ "image": "a" }]\n  }\n}\n',
      [image('b'), secret],
      '{\n  "spec": {\n    "containers": [{ "image": "b" }],\n    "imagePullSecrets": [{"name":"s"}]\n  }\n}\n',
    ],
    [
      'keeps the line breaks of Windows',
      'spec:\r\n  containers:\r\n  - image: a\r\n',
      [image('b'), secret],
      'spec:\r\n  containers:\r\n  - image: b\r\n  imagePullSecrets:\r\n  - name: s\r\n',
    ],
    [
      'overrides an image from a merged map',
      'x: &d {image: a}\nspec:\n  containers:\n  - <<: *d\n',
      [image('b')],
      'x: &d {image: a}\nspec:\n  containers:\n  - <<: *d\n    image: b\n',
    ],
    [
      'keeps the marks around a document',
      '---\n# c\na: {b: c}\n...\n',
      [image('d', '/a/b')],
      '---\n# c\na: {b: d}\n...\n',
    ],
  ]
  for (const [what, before, patch, after] of cases) {
    it(what, () => {
      expect(patchText(before, patch)).to.equal(after)
    })
  }

  const refused: readonly [what: string, text: string, patch: readonly Operation[]][] = [
    ['an image that an alias stands for', 'x: &i a\nspec: {containers: [{image: *i}]}\n', [image('b')]],
    ['an image that others are aliases of', 'spec: {containers: [{image: &i a}]}\nx: *i\n', [image('b')]],
    ['a container that others are aliases of', 'spec:\n  containers:\n  - &c\n    image: a\nx: *c\n', [image('b')]],
    ['an image in a block of text', 'spec:\n  containers:\n  - image: >-\n      a\n', [image('b')]],
    ['a removal', 'a: 1\nb: 2\n', [{ op: 'remove', path: '/a' }]],
  ]
  for (const [what, text, patch] of refused) {
    it(`is not made for ${what}`, () => {
      expect(patchText(text, patch)).to.equal(undefined)
    })
  }
})
