import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Installs Debian's packages of those programs (program → package) that are missing, where the machine lets it.
 * @throws an error that says what to install
 */
export async function ensurePrograms(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = async () => {
    const found = await Promise.all(Object.keys(programs).map(isInstalled))
    return Object.keys(programs).filter((_, index) => found[index] === false)
  }
  if ((await missing()).length === 0) return
  const packages = Object.values(programs)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env })
  // A machine that is new has no lists of packages yet.
  await install()
    .catch(() => run('apt-get', ['update'], { env }).then(install))
    .catch(() => undefined)
  const still = await missing()
  if (still.length > 0)
    throw new Error(`these tests need the programs ${still.join(' and ')}: apt-get install ${packages.join(' ')}`)
}

async function isInstalled(program: string): Promise<boolean> {
  return run('which', [program]).then(
    () => true,
    () => false,
  )
}
