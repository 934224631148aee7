import { helmMissing, helms } from './programs.ts'

/** Called by mocha before the tests of `npm run test:chart`, which would otherwise pass without having rendered anything. */
export function mochaGlobalSetup(): void {
  if (helms.length === 0) throw new Error(`the chart's tests need Helm: ${helmMissing}`)
}
