import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import type { JudgedImage } from '../../src/admission/judgeImages.ts'
import type { Decision } from '../../src/decision/decision.ts'
import { createImageLog } from '../../src/telemetry/imageLog.ts'
import { createLogger } from '../../src/telemetry/log.ts'

const left: Decision = { image: 'redis', action: 'leave', reason: 'public' }
const refused: Decision = { image: 'redis', action: 'leave', reason: 'refused' }

function judged(decision: Decision, name = 'main', { cached = true, milliseconds = 0.2 } = {}): JudgedImage {
  return { decision, name, cached, milliseconds }
}

interface Line {
  readonly images: readonly object[]
  readonly furtherImages?: number
}

/** What the log says of each of `admissions`, one after the other. */
async function logged(...admissions: (readonly JudgedImage[])[]): Promise<Line[]> {
  const lines: Line[] = []
  const write = (line: string) => lines.push(JSON.parse(line) as Line)
  const withImages = createImageLog(await createLogger({ level: 'info', format: 'json', destination: { write } }))
  for (const images of admissions) withImages(images).info('admission')
  return lines
}

const names = (line: Line | undefined) => line?.images.map((image) => ('name' in image ? image.name : undefined)) ?? []

describe('the images in the log', () => {
  it('are told anew for each Pod of a crowd', async () => {
    const [first, second] = await logged([judged(left)], [judged(left)])
    const image = { name: 'main', image: 'redis', decision: 'leave', reason: 'public', cached: true, milliseconds: 0 }
    expect(first?.images).to.deep.equal([image])
    expect(second?.images).to.deep.equal([image])
  })

  it('are those of this Pod, where another one had the same container', async () => {
    const lines = await logged([judged(left)], [judged(refused)], [judged(left)])
    expect(lines.map(({ images }) => images[0])).to.have.nested.property('[1].reason', 'refused')
    expect(lines.map(({ images }) => images[0])).to.have.nested.property('[2].reason', 'public')
  })

  it('have the names of this Pod, also where those of another one are written alike', async () => {
    const one = [judged(left, 'a1 b'), judged(left, 'c')]
    const other = [judged(left, 'a'), judged(left, 'b1 c')]
    const [, told] = await logged(one, other)
    expect(names(told)).to.deep.equal(['a', 'b1 c'])
  })

  it('tell how long each check took', async () => {
    const checked = (milliseconds: number) => [judged(left, 'main', { cached: false, milliseconds })]
    const lines = await logged(checked(12.344), checked(20))
    expect(lines.map(({ images }) => images[0])).to.have.nested.property('[0].milliseconds', 12.34)
    expect(lines.map(({ images }) => images[0])).to.have.nested.property('[1].milliseconds', 20)
    expect(lines.map(({ images }) => images[0])).to.have.nested.property('[1].cached', false)
  })

  it('are as many as fit in 12 KiB, and the others are counted', async () => {
    const [line] = await logged(Array.from({ length: 2000 }, (_, index) => judged(left, `c${index}`)))
    expect(Buffer.byteLength(JSON.stringify(line?.images))).to.be.within(11_500, 12 * 1024 + 200)
    expect((line?.images.length ?? 0) + (line?.furtherImages ?? 0)).to.equal(2000)
  })

  it('of a Pod of 50 invalid ones take less than 4 KiB, whatever they are made of', async () => {
    const image = '\u0001'.repeat(40_000)
    const invalid: Decision = { image, action: 'leave', reason: 'invalid-reference' }
    const [line] = await logged(Array.from({ length: 50 }, (_, index) => judged(invalid, `c${index}`)))
    expect(Buffer.byteLength(JSON.stringify(line))).to.be.lessThan(4096)
    expect((line?.images.length ?? 0) + (line?.furtherImages ?? 0)).to.equal(50)
  })

  it('are not displaced by invalid ones before them', async () => {
    const invalid: Decision = { image: '\u0001'.repeat(500), action: 'leave', reason: 'invalid-reference' }
    const [line] = await logged([...Array.from({ length: 50 }, () => judged(invalid)), judged(left, 'last')])
    expect(names(line).at(-1)).to.equal('last')
  })

  it('keep little of a thousand Pods whose images are long', async () => {
    const withImages = createImageLog(await createLogger({ level: 'silent', format: 'json' }))
    const before = heapUsed()
    for (let pod = 0; pod < 1600; pod++) {
      const images = Array.from({ length: 40 }, (_, index): JudgedImage => {
        const image = `quay.io/${'a'.repeat(250)}:${pod}-${index}`
        return judged({ image, action: 'leave', reason: 'public' }, `c${index}`)
      })
      withImages(images)
    }
    expect(heapUsed() - before).to.be.lessThan(10e6)
    // Until here what it keeps is not garbage.
    withImages([])
  })
})

function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
