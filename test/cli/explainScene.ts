import { cli, startCliScene, type CliScene, type Outcome, type Surroundings } from './runner.ts'

/** A Deployment with a private image and a public one. */
export const deployment = `# The API.
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
spec:
  template:
    metadata:
      labels: {app: api}
    spec:
      containers:
        - name: api
          image: "quay.io/my-org/api:v1.0.1"  # pinned
        - {name: cache, image: redis:7}
`
/** A document with nothing to pull. */
export const service = '# Nothing to pull.\nkind: Service\nmetadata:   {name: api}\n'
/** The Deployment as the webhook would admit it. */
export const admitted = `# The API.
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
spec:
  template:
    metadata:
      labels: {app: api}
      annotations:
        image-proxy-webhook/original-images: '{"api":"quay.io/my-org/api:v1.0.1"}'
    spec:
      containers:
        - name: api
          image: "proxy.replicated.com/proxy/my-app/quay.io/my-org/api:v1.0.1"  # pinned
        - {name: cache, image: redis:7}
      imagePullSecrets:
        - name: my-app-registry
`
/** A Pod whose image its registry does not have. */
export const missing = 'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: quay.io/my-org/gone:1}]}\n'

/** Call it in a `describe`. @returns what runs `explain` among the registries of the tests */
export function useExplain(): (argv: readonly string[], surroundings?: Surroundings) => Promise<Outcome> {
  let world: CliScene | undefined
  before(async () => {
    world = await startCliScene()
  })
  after(() => world?.close())

  return (argv, surroundings = {}) => {
    const environment = { ...world?.environment, ...surroundings.environment }
    return cli(['explain', ...argv], { ...surroundings, environment })
  }
}

/** The images in what `explain -o json` writes. */
export function imagesOf(stdout: string): readonly Record<string, unknown>[] {
  return (JSON.parse(stdout) as { images: Record<string, unknown>[] }).images
}
