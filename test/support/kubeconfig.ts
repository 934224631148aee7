/**
 * The text of a kubeconfig for a server with tokens for its users.
 * @param tokens name of a context, and of its user → token; the first one is the current context
 */
export function kubeconfigFor(server: string, ca: string, tokens: Readonly<Record<string, string>>): string {
  const names = Object.keys(tokens)
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': names[0],
    clusters: [{ name: 'cluster', cluster }],
    users: names.map((name) => ({ name, user: { token: tokens[name] } })),
    contexts: names.map((name) => ({ name, context: { cluster: 'cluster', user: name } })),
  })
}
