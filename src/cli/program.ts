import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Config } from '../config/config.ts'
import { noteUnknownVariables, readConfiguration, type ConfigurationOptions } from './configuration.ts'
import { exitCodeOf } from './exitCode.ts'
import { checkFormats, explainFormats, type CheckFormat, type ExplainFormat } from './terminal/outputFormat.ts'
import { UsageError, type CliContext, type ExitCode } from './terminal/context.ts'

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
  return exitCodeOf(context, async () => {
    try {
      await program.parseAsync(argv, { from: 'user' })
      return exitCode
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
      throw error
    }
  })
}

interface Handlers {
  readonly serve: (config: Config) => Promise<void>
  readonly done: (code: ExitCode) => void
}

function createProgram(context: CliContext, version: string, { serve, done }: Handlers): Command {
  const program = new Command(name)
    .description('Points private images at a licensed proxy registry, and leaves public ones alone.')
    .version(`${name} ${version}`, '-V, --version', 'print the version')
    .addHelpText('after', '\nExit codes: 0 fine; 1 something asked for does not work; 2 wrong usage or configuration.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: pointingTo(`${name} --help`),
      getOutHelpWidth: () => context.stdout.columns ?? 80,
      getErrHelpWidth: () => context.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })

  program
    .command('serve')
    .configureOutput({ outputError: pointingTo(`${name} serve --help`) })
    .description('run the webhook')
    .addOption(configOption())
    .action(async (options: ConfigurationOptions) => {
      await serve(await readConfiguration(options, context))
    })

  withFirstTryOptions(program.command('check'))
    .configureOutput({ outputError: pointingTo(`${name} check --help`) })
    .description(
      'tell for each image whether it is readable without credentials, whether the proxy serves it, and what would be done',
    )
    .argument('<image...>', 'image references, as a Pod has them')
    .addOption(outputOption(checkFormats))
    .option('-v, --verbose', 'tell each request as well: method, URL, status, milliseconds', false)
    .action(async (images: string[], { output, verbose, ...options }: CheckArguments) => {
      noteUnknownVariables(context)
      const { check } = await import('./check.ts')
      done(await check(images, { output, verbose }, await readConfiguration(options, context), context))
    })

  withFirstTryOptions(program.command('explain'))
    .configureOutput({ outputError: pointingTo(`${name} explain --help`) })
    .description('tell what would be done with the images of manifests, of an AdmissionReview, or of running Pods')
    .option(
      '-f, --filename <path>',
      'a file with manifests (YAML or JSON), a directory of such, or - for the standard input; can be repeated',
      collect,
    )
    .option('-R, --recursive', 'with -f DIRECTORY: the directories below it as well', false)
    .addOption(
      new Option('-n, --namespace <namespace>', 'the Pods that run there, in the cluster of the kubeconfig').argParser(
        namespace,
      ),
    )
    .option('-A, --all-namespaces', 'the Pods that run anywhere in the cluster of the kubeconfig', false)
    .option('--context <name>', 'with -n or -A: this context of the kubeconfig, not its current one', notEmpty)
    .option('--allow-unread', 'images that no Pod template explains are told and are no failure', false)
    .addOption(outputOption(explainFormats))
    .addHelpText(
      'after',
      `
With -o yaml the manifests are printed as they would be admitted, with -o html the report is one page to read and to sign:
  helm template . | ${name} explain -f - -o yaml
  ${name} explain -A -o html > images.html`,
    )
    .action(async (options: ExplainArguments) => {
      noteUnknownVariables(context)
      const { explainFiles, explainCluster } = await import('./explain.ts')
      const { filename = [], recursive, namespace, allNamespaces, context: kubeContext, allowUnread, output } = options
      if ([filename.length > 0, namespace !== undefined, allNamespaces].filter(Boolean).length !== 1) {
        throw new UsageError(`explain takes one of -f FILE, -n NAMESPACE and -A; see ${name} explain --help`)
      }
      if (filename.length > 0) {
        if (kubeContext !== undefined) throw new UsageError('--context goes with -n or -A: -f asks no cluster')
        const config = await readConfiguration(options, context)
        done(await explainFiles(filename, { output, recursive, allowUnread }, config, context))
        return
      }
      if (output === 'yaml') throw new UsageError('explain -o yaml takes manifests: -f FILE')
      if (recursive) throw new UsageError('-R goes with -f DIRECTORY')
      const where = { ...(namespace !== undefined && { namespace }), ...(kubeContext !== undefined && { kubeContext }) }
      done(await explainCluster({ output, ...where }, await readConfiguration(options, context), context))
    })

  program
    .command('version')
    .description('print the version')
    .action(() => {
      context.stdout.write(`${name} ${version}\n`)
    })

  // The parser's own would answer a wrong name with all of the help, and no word about the name.
  program
    .command('help')
    .description('explain a command')
    .argument('[command]')
    .action((wanted?: string) => {
      const explained = wanted === undefined ? program : program.commands.find((command) => command.name() === wanted)
      if (explained === undefined) return program.error(`error: unknown command '${wanted}'`)
      explained.outputHelp()
    })

  return program
}

/** Writes the parser's error on one line, with the help that would have prevented it. */
function pointingTo(help: string) {
  return (text: string, write: (text: string) => void): void => {
    const line = text
      .trimEnd()
      .replace(/\.$/, '')
      .replaceAll(/\s*\n\s*/g, ' ')
    write(`${line}; see ${help}\n`)
  }
}

interface CheckArguments extends ConfigurationOptions {
  readonly output: CheckFormat
  readonly verbose: boolean
}

interface ExplainArguments extends ConfigurationOptions {
  readonly filename?: string[]
  readonly recursive: boolean
  readonly namespace?: string
  readonly allNamespaces: boolean
  readonly context?: string
  readonly allowUnread: boolean
  readonly output: ExplainFormat
}

/** Adds what spares a first try the configuration file. */
function withFirstTryOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--app-slug <slug>', "the application's slug, as appSlug", notEmpty)
    .option('--license-file <file>', "the customer's license, as license.file", notEmpty)
    .option('--proxy-domain <domain>', 'where images are rewritten to, as proxy.domain', notEmpty)
}

function configOption(): Option {
  return new Option('--config <file>', 'YAML file; environment variables win over it').argParser(notEmpty)
}

function outputOption(formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'format of the output').choices(formats).default(formats[0])
}

function collect(file: string, previous: string[] = []): string[] {
  if (file === '') throw new InvalidArgumentError('It must be the path of a file or a directory, or -.')
  return [...previous, file]
}

/** What a shell makes of a variable that is not set must not count as no option at all. */
function notEmpty(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('It must not be empty.')
}

function namespace(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text
  throw new InvalidArgumentError('It must be the name of a namespace.')
}
