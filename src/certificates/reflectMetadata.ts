// @peculiar/x509 is wired together by tsyringe, which refuses to load without the Reflect metadata API. Nothing that is
// used of it here records metadata, so looking up finds none.
Object.assign(Reflect, {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
})
