import { execFileSync } from 'node:child_process'
import { cold } from './cold.ts'
import { firewalled } from './firewalled.ts'
import { memory } from './memory.ts'
import { rollout } from './rollout.ts'
import { createScene, root } from './scene.ts'
import { startup } from './startup.ts'
import { printTable, type Row } from './table.ts'
import { warm } from './warm.ts'

/**
 * `npm run bench [-- NAME…]` prints one table: what the bundled webhook takes, beside a bare `node:https` server in the
 * same run. Machines differ and are noisy: the ratios are what can be compared.
 */
const measurements = { warm, cold, firewalled, rollout, memory, startup }
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in measurements))
if (unknown.length > 0) {
  console.error(`no measurement ${unknown.join(', ')}: there are ${Object.keys(measurements).join(', ')}`)
  process.exit(2)
}

execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
const scene = await createScene()
const rows: Row[] = []
try {
  for (const [name, measure] of Object.entries(measurements)) {
    if (asked.length === 0 || asked.includes(name)) rows.push(...(await measure(scene)))
  }
} finally {
  await scene.close()
}
printTable(rows)
