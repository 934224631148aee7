import { expect } from 'chai'
import type { KubernetesObject } from '@kubernetes/client-node'
import { listAll, pagesOf } from '../../src/kubernetes/pages.ts'

describe('A list of the API server', () => {
  /** Three objects, two in the first answer. @param asked takes what each page was asked with */
  function server(asked: unknown[] = []) {
    return (page: { readonly limit: number; readonly _continue?: string }) => {
      asked.push(page)
      const [names, metadata] = page._continue === undefined ? [['a', 'b'], { _continue: 'token' }] : [['c'], {}]
      return Promise.resolve({ metadata, items: names.map((name): KubernetesObject => ({ metadata: { name } })) })
    }
  }

  it('is read to its end', async () => {
    const all = await listAll(server())
    expect(all.map(({ metadata }) => metadata?.name)).to.deep.equal(['a', 'b', 'c'])
  })

  it('is asked for a page at a time, each from where the last one ended', async () => {
    const asked: unknown[] = []
    await listAll(server(asked))
    expect(asked).to.deep.equal([{ limit: 250 }, { limit: 250, _continue: 'token' }])
  })

  it('is asked for no further page before the one is used that is there', async () => {
    const asked: unknown[] = []
    for await (const { items } of pagesOf(server(asked))) {
      expect([asked.length, items.length]).to.deep.equal([1, 2])
      break
    }
    expect(asked).to.have.lengthOf(1)
  })

  it('ends with the fault of the API server', async () => {
    const refused = () => Promise.reject(new Error('forbidden'))
    const fault = await listAll(refused).catch((error: unknown) => error)
    expect(fault).to.have.property('message', 'forbidden')
  })
})
