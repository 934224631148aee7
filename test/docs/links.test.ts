import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect } from 'chai'
import { documents, root } from './documents.ts'

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function anchorsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```[^]*?^```$/gm, '')
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

/** What is wrong with the links of a document to others of the project. */
function faultsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```[^]*?^```$/gm, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? file : join(dirname(file), path)
    if (!existsSync(target)) return [`${relative(root, file)}: ${link} leads nowhere`]
    const isThere = anchor === undefined || anchorsOf(target).includes(anchor)
    return isThere ? [] : [`${relative(root, file)}: ${link} has no such heading`]
  })
}

describe('The links of the documentation', () => {
  for (const file of documents) {
    it(`lead to what there is, in ${relative(root, file)}`, () => {
      expect(faultsOf(file)).to.deep.equal([])
    })
  }
})
