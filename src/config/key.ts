import * as v from 'valibot'

/*
 * How a key of the configuration is declared. docs/configuration.md and the comments of the chart's values.yaml are
 * generated from these descriptions.
 */

/** A key that may be left out: what it is for, what it may hold, and its default. */
export function key<const Value extends v.GenericSchema>(
  description: string,
  value: Value,
  fallback: v.InferInput<Value>,
) {
  return v.optional(v.pipe(value, v.description(description)), fallback)
}

/**
 * A key without a default of its own.
 *
 * @param fallback in words, what counts where it is left out.
 */
export function keyWithout<const Value extends v.GenericSchema>(description: string, value: Value, fallback = 'none') {
  return v.exactOptional(v.pipe(value, v.description(description), v.metadata({ fallback })))
}

/** A key that must be there. */
export function requiredKey<const Value extends v.GenericSchema>(description: string, value: Value) {
  return v.pipe(value, v.description(description))
}
