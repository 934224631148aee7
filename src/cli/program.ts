import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/load.ts'
import { readConfiguration } from './configuration.ts'
import { isFault, UsageError, type CliContext, type ExitCode } from './context.ts'

const name = 'image-proxy-webhook'

export interface CliOptions extends CliContext {
  /** Without the program's own name. */
  readonly argv: readonly string[]
  readonly version: string
  /** Runs the webhook until it is told to stop. @returns the exit code */
  readonly serve: (config: Config) => Promise<number>
}

/**
 * Runs one command and writes what it has to say.
 * @returns the exit code: see `ExitCode`. Rejects for a bug alone.
 */
export async function runCli({ argv, version, serve, ...context }: CliOptions): Promise<number> {
  let exitCode = 0
  const program = createProgram(context, version, {
    serve: async (config) => {
      exitCode = await serve(config)
    },
    done: (code) => {
      exitCode = code
    },
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const [faults, code] = outcomeOf(error)
    for (const fault of faults) context.stderr.write(`error: ${fault.replaceAll(/\s*\n\s*/g, ' ')}\n`)
    return code
  }
}

function outcomeOf(error: unknown): [faults: readonly string[], code: ExitCode] {
  if (error instanceof UsageError || error instanceof ConfigError) return [error.faults, 2]
  if (isFault(error)) return [[error.message], 1]
  throw error
}

interface Handlers {
  readonly serve: (config: Config) => Promise<void>
  readonly done: (code: ExitCode) => void
}

function createProgram(context: CliContext, version: string, { serve, done }: Handlers): Command {
  const program = new Command(name)
    .description('Points private images at a licensed proxy registry, and leaves public ones alone.')
    .version(`${name} ${version}`, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => {
        write(`${text.trimEnd().replaceAll(/\s*\n\s*/g, ' ')}; see ${name} --help\n`)
      },
      getOutHelpWidth: () => context.stdout.columns ?? 80,
      getErrHelpWidth: () => context.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })

  program
    .command('serve')
    .description('run the webhook')
    .addOption(configOption())
    .action(async ({ config }: { config?: string }) => {
      await serve(await readConfiguration(config, context))
    })

  program
    .command('check')
    .description(
      'tell for each image whether it is readable without credentials, whether the proxy serves it, and what would be done',
    )
    .argument('<image...>', 'image references, as a Pod has them')
    .addOption(configOption())
    .addOption(outputOption('table', 'json'))
    .option('-v, --verbose', 'tell each request as well: method, URL, status, milliseconds', false)
    .action(async (images: string[], { config, output, verbose }: CheckArguments) => {
      const { check } = await import('./check.ts')
      done(await check(images, { output, verbose }, await readConfiguration(config, context), context))
    })

  program
    .command('explain')
    .description('tell what would be done with the images of manifests, of an AdmissionReview, or of running Pods')
    .option(
      '-f, --filename <file>',
      'a file with manifests (YAML or JSON), - for the standard input; can be repeated',
      collect,
    )
    .addOption(
      new Option('-n, --namespace <namespace>', 'the Pods that run there, in the cluster of KUBECONFIG').argParser(
        namespace,
      ),
    )
    .option('-A, --all-namespaces', 'the Pods that run anywhere in the cluster of KUBECONFIG', false)
    .addOption(configOption())
    .addOption(outputOption('table', 'json', 'yaml'))
    .addHelpText(
      'after',
      `\nWith -o yaml the manifests are printed as they would be admitted:\n  helm template . | ${name} explain -f - -o yaml`,
    )
    .action(async (options: ExplainArguments) => {
      const { explainFiles, explainCluster } = await import('./explain.ts')
      const { filename = [], namespace, allNamespaces, config, output } = options
      if ([filename.length > 0, namespace !== undefined, allNamespaces].filter(Boolean).length !== 1) {
        throw new UsageError('explain takes one of -f FILE, -n NAMESPACE and -A')
      }
      if (filename.length > 0) {
        done(await explainFiles(filename, { output }, await readConfiguration(config, context), context))
      } else if (output === 'yaml') {
        throw new UsageError('explain -o yaml takes manifests: -f FILE')
      } else {
        done(await explainCluster(namespace, { output }, await readConfiguration(config, context), context))
      }
    })

  program
    .command('version')
    .description('print the version')
    .action(() => {
      context.stdout.write(`${name} ${version}\n`)
    })

  return program
}

interface CheckArguments {
  readonly config?: string
  readonly output: 'table' | 'json'
  readonly verbose: boolean
}

interface ExplainArguments {
  readonly filename?: string[]
  readonly namespace?: string
  readonly allNamespaces: boolean
  readonly config?: string
  readonly output: 'table' | 'json' | 'yaml'
}

function configOption(): Option {
  return new Option('--config <file>', 'YAML file; environment variables win over it')
}

function outputOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'format of the output').choices(formats).default(formats[0])
}

function collect(file: string, previous: string[] = []): string[] {
  return [...previous, file]
}

function namespace(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text
  throw new InvalidArgumentError('It must be the name of a namespace.')
}
