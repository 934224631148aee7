import type { Asker, Verdicts } from '../decision/verdict.ts'
import type { Deadline } from '../admission/deadline.ts'
import { judge } from '../admission/judge.ts'
import { createSilence } from '../admission/silence.ts'
import { isOpen } from '../decision/decide.ts'
import type { Config } from '../config/config.ts'
import { cacheKey, type Reference } from '../reference/reference.ts'
import { withAssembly } from './configuration.ts'
import type { CliContext, ExitCode } from './terminal/context.ts'
import type { CheckFormat } from './terminal/outputFormat.ts'
import {
  columns,
  toJson,
  toRow,
  works,
  writeJson,
  writeTable,
  type ImageReport,
  type RegistryRequest,
} from './report.ts'
import { withProxyAnswer } from './explanation.ts'

export interface CheckOptions {
  readonly output: CheckFormat
  /** Tells each request as well. */
  readonly verbose: boolean
}

/** A person can wait, and `check.total` bounds each check. */
const patient: Pick<Deadline, 'passed'> = { passed: () => new Promise(() => undefined) }

/**
 * Prints what would be done with `images`, and why.
 * @returns 1 where one of them cannot be pulled
 * @throws ConfigError; UsageError
 */
export async function check(
  images: readonly string[],
  { output, verbose }: CheckOptions,
  config: Config,
  context: CliContext,
): Promise<ExitCode> {
  const requests: RegistryRequest[] = []
  const observer = { request: (request: RegistryRequest) => requests.push(request) }
  const asker: Asker = { namespace: '' }
  const silence = createSilence()
  const reports = await withAssembly(
    config,
    context,
    { observer, withoutSlug: true },
    ({ registryVerdicts }, { decider }) =>
      Promise.all(
        images.map(async (image): Promise<ImageReport> => {
          const started = performance.now()
          const asked = new Set<string>()
          const verdicts = recording(registryVerdicts, asked)
          const opened = decider.open(image, false)
          const options = { decider, verdicts, asker, deadline: patient, silence }
          const judged = isOpen(opened) ? await judge(opened, options) : opened
          const decision = await withProxyAnswer(judged, verdicts, asker)
          const milliseconds = performance.now() - started
          return verbose
            ? { decision, milliseconds, requests: requests.filter(({ key }) => asked.has(key)) }
            : { decision, milliseconds }
        }),
      ),
  )
  if (output === 'json') writeJson({ images: reports.map(toJson) }, context)
  else writeTable(columns, reports.map(toRow), context)
  return reports.every(works) ? 0 : 1
}

/** Remembers the keys of what is asked for, by which requests are told apart. */
function recording(verdicts: Verdicts, asked: Set<string>): Verdicts {
  const record = (reference: Reference): Reference => {
    asked.add(cacheKey(reference))
    return reference
  }
  return {
    anonymous: (reference, asker) => verdicts.anonymous(record(reference), asker),
    proxy: (reference, asker, original) => verdicts.proxy(record(reference), asker, original),
  }
}
