/** What names an object of an API server; as a selection, an empty namespace or name stands for all of them. */
export interface ObjectKey {
  readonly collection: string
  readonly namespace: string
  readonly name: string
}

const pathPattern = /^\/apis?\/[^/]+(?:\/v1)?(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/

/** What the path of a request names. */
export function keyOfPath(path: string): ObjectKey {
  const [, namespace = '', collection = '', name = ''] = pathPattern.exec(path) ?? []
  return { collection, namespace, name }
}

/** A text for a key, which `keyOfId` reads again. */
export function idOf({ collection, namespace, name }: ObjectKey): string {
  return `${collection}/${namespace}/${name}`
}

export function keyOfId(id: string): ObjectKey {
  const [collection = '', namespace = '', name = ''] = id.split('/')
  return { collection, namespace, name }
}

/** Whether an object is among those selected. */
export function matches(selected: ObjectKey, { collection, namespace, name }: ObjectKey): boolean {
  return (
    selected.collection === collection &&
    (selected.namespace === '' || selected.namespace === namespace) &&
    (selected.name === '' || selected.name === name)
  )
}

/** The name by which a list or a watch is narrowed to one object; empty where it is not. */
export function selectedName(query: URLSearchParams): string {
  return /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? ''
}
