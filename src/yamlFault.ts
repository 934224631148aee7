import type { ErrorCode } from 'yaml'

/**
 * What is wrong with a YAML text, by the parser's code: a clause. The parser's own messages speak of its inner workings, and
 * quote what they stumble over, which may be a secret.
 */
export const yamlFaults: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias with an anchor or a tag of its own',
  BAD_ALIAS: 'an alias without a name, or for an anchor that is not there',
  BAD_COLLECTION_TYPE: 'a tag that does not suit what it stands before',
  BAD_DIRECTIVE: 'a line that begins with % and is no known directive',
  BAD_DQ_ESCAPE: 'a backslash within double quotes that begins no escape sequence; single quotes take it as it is',
  BAD_INDENT: 'indented otherwise than what it belongs to',
  BAD_PROP_ORDER: 'an anchor or a tag in the wrong place',
  BAD_SCALAR_START: 'a value that begins with a character that YAML reserves, such as @ or %; put it into quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second key on one line; a value with a colon and a space in it needs quotes',
  BLOCK_IN_FLOW: 'a list or a map by indentation within brackets or braces',
  DUPLICATE_KEY: 'a key that is there twice',
  IMPOSSIBLE: 'it cannot be read',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters; a quote or a line break may be missing',
  MISSING_CHAR: 'a quote, bracket, brace, colon, comma or dash is missing',
  MULTILINE_IMPLICIT_KEY: 'a key of more than one line; a colon or a quote may be missing',
  MULTIPLE_ANCHORS: 'a value with two anchors',
  MULTIPLE_DOCS: 'one document is expected',
  MULTIPLE_TAGS: 'a value with two tags',
  NON_STRING_KEY: 'a key that is no text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab where only spaces may indent',
  TAG_RESOLVE_FAILED: 'a value that its tag does not allow',
  UNEXPECTED_TOKEN: 'something that cannot stand there',
}
