/** What an error says, as part of a sentence. */
export function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
