/**
 * Whether an object's `resourceVersion` is later than another one of the same object. They are whole numbers of any length
 * (https://www.kubernetes.dev/resources/keps/5504/); false where one of them is missing or is not.
 */
export function isLater(version: string, than: string | undefined): boolean {
  return isWhole(version) && isWhole(than) && BigInt(version) > BigInt(than)
}

function isWhole(version: string | undefined): version is string {
  return version !== undefined && /^[0-9]+$/.test(version)
}
