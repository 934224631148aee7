import type { Scene } from './scene.ts'

/** The licenses with which the proxy gave out a manifest: a webhook only asks for its head. `repository` as behind the proxy. */
export function licensesOf({ proxy }: Scene, repository: string, digest: string): readonly (string | undefined)[] {
  const path = `${repository}/manifests/${digest}`
  const given = proxy.pulls.filter((pull) => pull.method === 'GET' && pull.path === path && pull.status === 200)
  return [...new Set(given.map(({ license }) => license))]
}

/** What a node itself got from a repository of this registry. */
export function pulledByNode(scene: Scene, registry: string, repository: string): readonly string[] {
  return scene
    .requests(registry)
    .filter(({ client, path, status }) => {
      return client.startsWith('containerd/') && path.startsWith(`/v2/${repository}/`) && status === 200
    })
    .map(({ path }) => path)
}

/** What the proxy, or whoever else has the vendor's account, got from there: nobody else gets anything. */
export function pulledByVendor(scene: Scene, registry: string, repository: string): readonly string[] {
  return scene
    .requests(registry)
    .filter(({ client, method, path, status }) => {
      return client === '' && method === 'GET' && path.startsWith(`/v2/${repository}/`) && status === 200
    })
    .map(({ path }) => path)
}
