import { expect } from 'chai'
import { compilePattern } from '../../src/decision/rules.ts'
import { parseReference } from '../../src/reference/reference.ts'

describe('a rule’s pattern', () => {
  const cases: [pattern: string, image: string, covered: boolean][] = [
    ['quay.io/my-org/*', 'quay.io/my-org/api:v1', true],
    ['quay.io/my-org/*', 'quay.io/my-org/team/api:v1', false],
    ['quay.io/my-org/**', 'quay.io/my-org/team/api:v1', true],
    ['quay.io/**', 'quay.io/my-org/api@sha256:' + 'a'.repeat(64), true],
    ['quay.io/**', 'quay.io.evil.example/my-org/api', false],
    ['quay.io/my-org/api', 'quay.io/my-org/api:v1', true],
    ['quay.io/my-org/api', 'quay.io/my-org/api-gateway', false],
    ['quay.io/*/api', 'quay.io/my-org/api', true],
    ['docker.io/library/*', 'redis:7', true],
    ['docker.io/library/redis', 'index.docker.io/redis', true],
    ['quay.io/my-org/*', 'QUAY.io/my-org/api', true],
    ['QUAY.io/my-org/*', 'quay.io/my-org/api', true],
    ['quay.io/MY-ORG/*', 'quay.io/my-org/api', false],
    ['*.dkr.ecr.*.amazonaws.com/**', '123.dkr.ecr.us-east-1.amazonaws.com/team/api', true],
    ['quay.io/my.org/*', 'quay.io/myxorg/api', false],
    ['**', 'redis', true],
    ['registry.example.com:5000/**', 'registry.example.com:5000/ns/image', true],
  ]
  for (const [pattern, image, covered] of cases) {
    it(`${pattern} ${covered ? 'covers' : 'does not cover'} ${image}`, () => {
      expect(compilePattern(pattern)(parseReference(image))).to.equal(covered)
    })
  }

  it('answers in bounded time whatever the pattern', () => {
    const pattern = `${'**a'.repeat(30)}b`
    expect(compilePattern(pattern)(parseReference(`quay.io/${'a'.repeat(250)}`))).to.equal(false)
  })
})
