import { run, type CommandOptions, type Output } from '../support/command.ts'

/** Tools of others that judge or install what is published, at the versions that they are tried with. Go builds what it does not have yet. */
const tools = {
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'kube-score': 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
  krew: 'sigs.k8s.io/krew/cmd/krew@v0.4.3',
} as const

/** Runs one of them. Rejects with what it says where it finds a fault. */
export function runTool(name: keyof typeof tools, args: readonly string[], options: CommandOptions): Promise<Output> {
  return run('go', ['run', tools[name], ...args], options)
}

/** The directory of a Go module's files. */
export async function moduleDirectory(module: string): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', module])
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir
}
