import { Gauge } from 'prom-client'
import type { MetricOptions } from './counter.ts'

/** A gauge that is absent until its first value: 0 would say something that is not known. */
export interface LateGauge {
  set(value: number): void
  /** Makes it absent again. */
  remove(): void
}

/** A gauge whose value `read` tells at each scrape. */
export function createReadGauge(options: MetricOptions, read: () => number): void {
  new Gauge({
    ...options,
    collect() {
      this.set(read())
    },
  })
}

export function createLateGauge(options: MetricOptions): LateGauge {
  let gauge: Gauge | undefined
  return {
    set(value) {
      gauge ??= new Gauge(options)
      gauge.set(value)
    },
    remove() {
      for (const registry of options.registers) registry.removeSingleMetric(options.name)
      gauge = undefined
    },
  }
}
