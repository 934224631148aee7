import { expect } from 'chai'
import { proxyFromEnvironment } from '../../src/network/proxyEnvironment.ts'

const proxy = 'http://proxy.test:3128'

describe('proxyFromEnvironment', () => {
  function chosen(environment: Record<string, string>, url = 'https://quay.io/v2/'): string | undefined {
    const proxy = proxyFromEnvironment(environment).proxyFor(new URL(url))
    return typeof proxy === 'object' ? proxy.fault : proxy
  }

  it('knows no proxy in an empty environment', () => {
    expect(chosen({})).to.equal(undefined)
  })

  it('knows no proxy when the variable is empty', () => {
    expect(chosen({ HTTPS_PROXY: ' ' })).to.equal(undefined)
  })

  it('ignores the proxy for plain http', () => {
    expect(chosen({ HTTP_PROXY: proxy })).to.equal(undefined)
  })

  const values: readonly (readonly [string, string])[] = [
    ['http://proxy.test:3128', 'http://proxy.test:3128/'],
    ['https://proxy.test', 'https://proxy.test/'],
    ['http://user:p%40ss@proxy.test:3128', 'http://user:p%40ss@proxy.test:3128/'],
    ['http://a%3A:b%2f@proxy.test:3128', 'http://a%3A:b%2f@proxy.test:3128/'],
    ['proxy.test:3128', 'http://proxy.test:3128/'],
    ['10.0.0.1:3128', 'http://10.0.0.1:3128/'],
    ['http://[fd00::1]:3128', 'http://[fd00::1]:3128/'],
  ]
  for (const [value, expected] of values) {
    it(`reads ${value}`, () => {
      expect(chosen({ HTTPS_PROXY: value })).to.equal(expected)
    })
  }

  it('reads the variables in lower case', () => {
    const environment = { https_proxy: proxy, no_proxy: 'quay.io' }
    expect(chosen(environment)).to.equal(undefined)
    expect(chosen(environment, 'https://ghcr.io/')).to.equal('http://proxy.test:3128/')
  })

  it('prefers the variables in upper case', () => {
    expect(chosen({ https_proxy: 'http://other.test', HTTPS_PROXY: proxy })).to.equal('http://proxy.test:3128/')
  })

  it('prefers a variable that says something to an empty one', () => {
    expect(chosen({ HTTPS_PROXY: '', https_proxy: proxy })).to.equal('http://proxy.test:3128/')
  })

  for (const value of [
    'socks5://u:hunter2@proxy.test',
    'httpx://u:hunter2@proxy.test',
    'http://u:hunter2@',
    'http://u:hunter2%zz@proxy.test',
    'http://u%zz:hunter2@proxy.test',
  ]) {
    it(`says what is wrong with ${value} without quoting its password`, () => {
      expect(proxyFromEnvironment({ HTTPS_PROXY: value }).fault)
        .to.include('HTTPS_PROXY')
        .and.not.to.include('hunter2')
    })
  }

  const exceptions: readonly (readonly [noProxy: string, direct: readonly string[], proxied: readonly string[]])[] = [
    ['*', ['quay.io', '8.8.8.8'], []],
    [
      'example.com',
      ['example.com', 'a.example.com', 'EXAMPLE.com', 'example.com.'],
      ['badexample.com', 'example.com.test'],
    ],
    ['.example.com', ['a.example.com', 'a.b.example.com'], ['example.com']],
    ['*.example.com', ['a.example.com'], ['example.com']],
    ['*example.com', [], ['example.com', 'a.example.com', 'badexample.com']],
    ['Example.COM', ['example.com'], []],
    ['a.test, b.test', ['a.test', 'b.test'], ['c.test']],
    ['a.test b.test', ['a.test', 'b.test'], ['c.test']],
    [',,a.test,', ['a.test'], ['c.test']],
    ['a.test:5000', ['a.test:5000', 'b.a.test:5000'], ['a.test', 'a.test:5001', 'a.test:50001']],
    ['a.test:', ['a.test', 'a.test:5000'], ['b.test']],
    ['a.test:443', ['a.test'], ['a.test:5000']],
    ['10.0.0.1', ['10.0.0.1', '10.0.0.1:5000', '[::ffff:10.0.0.1]'], ['10.0.0.2', '10.0.0.1.test']],
    ['::ffff:10.0.0.1', ['10.0.0.1', '[::ffff:a00:1]'], ['10.0.0.2']],
    ['10.0.0.1:5000', ['10.0.0.1:5000'], ['10.0.0.1']],
    ['10.0.0.0/8', ['10.1.2.3', '[::ffff:10.1.2.3]'], ['11.0.0.1', 'ten.test']],
    ['fd00::/8', ['[fd12::1]'], ['[fc00::1]', '10.0.0.1']],
    ['fd00::1', ['[fd00::1]', '[fd00:0::1]:5000'], ['[fd00::2]']],
    ['[fd00::1]', ['[fd00::1]'], ['[fd00::2]']],
    ['[fd00::1]:5000', ['[fd00::1]:5000'], ['[fd00::1]']],
    [
      '',
      ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', '[::ffff:127.0.0.1]'],
      ['quay.io', 'localhost.test', 'a.localhost', '10.0.0.1'],
    ],
  ]
  for (const [noProxy, direct, proxied] of exceptions) {
    const { proxyFor } = proxyFromEnvironment({ HTTPS_PROXY: proxy, NO_PROXY: noProxy })
    for (const host of direct) {
      it(`asks ${host} directly where NO_PROXY is "${noProxy}"`, () => {
        expect(proxyFor(new URL(`https://${host}/v2/`))).to.equal(undefined)
      })
    }
    for (const host of proxied) {
      it(`asks ${host} through the proxy where NO_PROXY is "${noProxy}"`, () => {
        expect(proxyFor(new URL(`https://${host}/v2/`))).to.equal('http://proxy.test:3128/')
      })
    }
  }
})
