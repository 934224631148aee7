import { subscribe, unsubscribe } from 'node:diagnostics_channel'

interface Created {
  readonly request: { readonly method: string; readonly path: string }
}

/** Calls `listener` for each request that undici sends in this process. @returns what ends it */
export function onRequest(listener: (method: string, path: string) => void): () => void {
  const told = (message: unknown): void => {
    const { method, path } = (message as Created).request
    listener(method, path)
  }
  subscribe('undici:request:create', told)
  return () => {
    unsubscribe('undici:request:create', told)
  }
}
