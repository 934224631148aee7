import { expect } from 'chai'
import { soak } from './soak.ts'
import { faultsOfSoak, growthOf, type SoakReport } from './verdict.ts'

/** A short run measures a heap that still fills. */
const tolerance = 0.3
const short = { rounds: 4, round: 800 }

describe('a soak of some seconds', function () {
  this.timeout(120_000)

  it('finds nothing that the webhook would not outlast', async () => {
    expect(faultsOfSoak(await soak(short), tolerance)).to.deep.equal([])
  })

  it('finds each fault that is planted in the webhook', async () => {
    const faults = faultsOfSoak(await soak({ ...short, plant, calm: 500 }), tolerance)
    const found = ['failed', 'too late', 'heap grew', 'sockets are left', 'unhandled rejection'].map((word) =>
      faults.some((fault) => fault.includes(word)) ? word : `no ${word} in ${faults.join('\n')}`,
    )
    expect(found).to.deep.equal(['failed', 'too late', 'heap grew', 'sockets are left', 'unhandled rejection'])
  })
})

/** Leaks 8 MB each time; the first time it also does what else must not be. */
const plant = `
  globalThis.leak = [globalThis.leak, new Array(1e6).fill(1.5)]
  globalThis.planted ??= (() => {
    Promise.reject(new Error('planted'))
    const [net, { ServerResponse }] = ['net', 'http'].map((name) => process.getBuiltinModule(name))
    const sockets = []
    const server = net.createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1', () => {
      for (let count = 0; count < 8; count++) sockets.push(net.connect(server.address().port, '127.0.0.1'))
    })
    process.once('SIGTERM', () => [server.close(), ...sockets.map((socket) => socket.destroy())])
    const { end } = ServerResponse.prototype
    let unanswered = 3
    ServerResponse.prototype.end = function (...answer) {
      return unanswered-- > 0 ? this.destroy() : end.apply(this, answer)
    }
    setTimeout(() => {
      for (const until = performance.now() + 3500; performance.now() < until; );
    }, 300)
    return true
  })()
`

describe('the verdict on a soak', () => {
  const good: SoakReport = {
    reviews: 100,
    changes: 10,
    late: 0,
    slowest: 1000,
    failed: 0,
    failures: [],
    heap: [1, 40, 41, 100, 109, 101, 104, 109, 104],
    sockets: [8, 0, 1],
    errors: [],
    exitCode: 0,
  }
  const faults: [string, Partial<SoakReport>, RegExp][] = [
    ['without a review', { reviews: 0 }, /^no review was answered$/],
    ['with a late answer', { late: 1, slowest: 3001 }, /^1 answers came too late, the slowest after 3001 ms$/],
    ['with a failed review', { failed: 1, failures: ['503'] }, /^1 reviews failed: 503$/],
    [
      'whose heap grows by more than 5 %',
      { heap: [1, 40, 41, 100, 100, 101, 104, 108, 106] },
      /^the heap grew by 6.0 %/,
    ],
    ['that leaves sockets', { sockets: [0, 9, 0] }, /^sockets are left: 0, 9, 0$/],
    ['with an error in the log', { errors: ['unhandled'] }, /^an error: unhandled$/],
    ['whose process does not end well', { exitCode: null }, /^the process ended with a signal$/],
  ]
  it('is good where all was', () => {
    expect(faultsOfSoak(good)).to.deep.equal([])
  })
  for (const [what, change, fault] of faults) {
    it(`is bad for one ${what}`, () => {
      expect(faultsOfSoak({ ...good, ...change }).join('\n')).to.match(fault)
    })
  }
  it('leaves the first third out of account, in which caches fill', () => {
    expect(growthOf([1, 2, 3, 10, 10, 10, 10, 10, 10])).to.equal(0)
  })
})
