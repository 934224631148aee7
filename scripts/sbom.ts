/** Prints the Software Bill of Materials (CycloneDX, JSON) of what the bundle is made from: `npm run --silent sbom`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import manifest from '../package.json' with { type: 'json' }

interface Component {
  readonly 'bom-ref': string
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

interface Bom {
  readonly metadata: { readonly component: object; readonly [key: string]: unknown }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
  readonly [key: string]: unknown
}

const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application']
const { stdout } = await promisify(execFile)('npm', args, {
  cwd: join(import.meta.dirname, '..'),
  maxBuffer: 64 * 1024 * 1024,
})
const { serialNumber, metadata, ...bom } = JSON.parse(stdout) as Bom

// With --omit=dev npm also leaves out what something to develop with depends on as well, such as lru-cache.
const development = new Set(bom.components.filter(isForDevelopment).map((component) => component['bom-ref']))
const isBundled = (ref: string) => !development.has(ref)
const components = bom.components.filter((component) => isBundled(component['bom-ref']))
const dependencies = bom.dependencies
  .filter(({ ref }) => isBundled(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isBundled) }))

// Number, time and tool differ each time; without them the same lock file makes the same text.
const { timestamp, tools, ...others } = metadata
// npm takes the folder's name.
const component = { ...metadata.component, name: manifest.name }
console.log(JSON.stringify({ ...bom, metadata: { ...others, component }, components, dependencies }, null, 2))

function isForDevelopment({ properties = [] }: Component): boolean {
  return properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true')
}
