import { expect } from 'chai'
import { createTokens, tokenRequest } from '../../../src/registry/auth/token.ts'

describe('the answer of a token endpoint', () => {
  const by = { url: new URL('https://registry.example/v2/'), trust: 'image' } as const
  const request = tokenRequest({ scheme: 'bearer', realm: by, scopes: '' }, by, 'team/app')

  /** Asks for the token twice, the second time after so many milliseconds. */
  async function ask(body: string, after = 0, status = 200) {
    let time = 0
    let requests = 0
    const tokens = createTokens({
      licensed: false,
      now: () => time,
      send: () => {
        requests++
        return Promise.resolve({ status, headers: {}, body, network: 'public' })
      },
    })
    const first = await tokens.get(request, 'check')
    time = after
    await tokens.get(request, 'check')
    return { got: 'value' in first ? first.value : first.reason, requests }
  }

  const longest = 'x'.repeat(16 * 1024)
  const tokens: readonly (readonly [what: string, body: string, got: string])[] = [
    ['both names', '{"token":"a","access_token":"b"}', 'a'],
    ['an empty token beside another', '{"token":"","access_token":"b"}', 'b'],
    ['null beside another', '{"token":null,"access_token":"b"}', 'b'],
    ['a number beside another', '{"token":7,"access_token":"b"}', 'b'],
    ['each character that a header may hold', '{"token":"!~.-_+/="}', '!~.-_+/='],
    ['16 KiB', JSON.stringify({ token: longest }), longest],
    ['more than 16 KiB', JSON.stringify({ token: `${longest}x` }), 'no-token'],
    ['a line break', '{"token":"a\\r\\nb: c"}', 'no-token'],
    ['a blank at its end', '{"token":"a "}', 'no-token'],
    ['a blank at its beginning', '{"token":" a"}', 'no-token'],
    ['a character beyond ASCII', '{"token":"\xe9"}', 'no-token'],
    ['an empty text', '{"token":""}', 'no-token'],
    ['a list', '{"token":["a"]}', 'no-token'],
    ['a list in place of an object', '["token"]', 'no-token'],
    ['no JSON', '<html>', 'no-token'],
    ['nothing', '', 'no-token'],
  ]
  for (const [what, body, got] of tokens) {
    it(`${got === 'no-token' ? 'holds no token' : 'holds a token'} where it has ${what}`, async () => {
      expect((await ask(body)).got).to.equal(got)
    })
  }

  for (const [status, reason] of [
    [201, 'unexpected-answer'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [503, 'server-error'],
  ] as const) {
    it(`holds no token where its status is ${status}, whatever its body says`, async () => {
      expect((await ask('{"token":"t"}', 0, status)).got).to.equal(reason)
    })
  }

  const lifetimes: readonly (readonly [expiresIn: string, seconds: number])[] = [
    ['0', 0],
    ['-300', 0],
    ['""', 0],
    ['0.5', 0.45],
    ['1e400', 54],
    ['"Infinity"', 54],
    ['{}', 54],
    ['1e300', 1e9],
  ]
  for (const [expiresIn, seconds] of lifetimes) {
    const body = `{"token":"t","expires_in":${expiresIn}}`
    if (seconds > 0) {
      it(`serves for ${seconds} s where expires_in is ${expiresIn}`, async () => {
        expect((await ask(body, seconds * 1000 - 1)).requests).to.equal(1)
      })
    }
    if (seconds < 1e9) {
      it(`serves for no longer than ${seconds} s where expires_in is ${expiresIn}`, async () => {
        expect((await ask(body, seconds * 1000)).requests).to.equal(2)
      })
    }
  }
})
