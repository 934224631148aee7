import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { withProgress } from '../../../src/cli/terminal/progress.ts'

describe('Progress', () => {
  async function told(columns: number | undefined, milliseconds: number): Promise<string> {
    let written = ''
    const stderr = { write: (text: string) => (written += text), ...(columns === undefined ? {} : { columns }) }
    await withProgress([1, 2], { stderr }, (item) => pause(item === 1 ? milliseconds : 0))
    return written
  }

  it('is told at a terminal where work takes long, and erased before the report', async () => {
    expect(await told(80, 1100)).to.equal('\r2 of 2\r\x1b[K')
  })

  it('is not told where work is done at once', async () => {
    expect(await told(80, 0)).to.equal('')
  })

  it('is not told into a file', async () => {
    expect(await told(undefined, 1100)).to.equal('')
  })

  it('returns what the work came to, in the order of the items', async () => {
    const stderr = { write: () => undefined }
    const doubled = await withProgress([3, 1, 2], { stderr }, async (item) => {
      await pause(item)
      return 2 * item
    })
    expect(doubled).to.deep.equal([6, 2, 4])
  })
})
