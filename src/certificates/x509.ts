// First: the library refuses to load without it.
import './reflectMetadata.ts'
// A CommonJS module, of which a bundle that is split has no other export.
import x509 from '@peculiar/x509'

export { x509 }
