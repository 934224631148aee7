import { up, type Cluster } from './cluster.ts'

let shared: Promise<Cluster> | undefined

/** The cluster of a test run: brought up for whoever asks first, and taken down at the end of the run. */
export function sharedCluster(): Promise<Cluster> {
  shared ??= up()
  return shared
}

/** Called by mocha, which loads this file before the tests, after the last of them. */
export async function mochaGlobalTeardown(): Promise<void> {
  // Nothing is up where it could not be brought up.
  const cluster = await shared?.catch(() => undefined)
  await cluster?.down()
}
