/**
 * Makes every file that is derived from another: `npm run generate`. With `--check` it writes nothing, and ends with 1
 * where one of them is not up to date.
 */
import { generateChart } from './chart-readme.ts'
import { generateConfiguration } from './configuration.ts'

await generateConfiguration()
// It reads the comments that the configuration's descriptions went into.
await generateChart()
