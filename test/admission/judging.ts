import type { Asker, Verdicts } from '../../src/decision/verdict.ts'
import { createDeadline } from '../../src/admission/deadline.ts'
import { judge } from '../../src/admission/judge.ts'
import { createSilence } from '../../src/admission/silence.ts'
import { isOpen, type OpenImage, type Policy } from '../../src/decision/decide.ts'
import type { Decision } from '../../src/decision/decision.ts'
import { formatReference } from '../../src/reference/reference.ts'
import { anonymous, decider } from '../support/decisions.ts'

export const image = 'quay.io/my-org/api:v1'
export const location = `proxy.replicated.com/proxy/my-app/${image}`
export const asker: Asker = { namespace: 'my-app' }

/** A check that is told when it has its turn and what it finds. */
export function scripted<V>() {
  const begun: PromiseWithResolvers<void> = Promise.withResolvers()
  const verdict = Promise.withResolvers<V>()
  return { check: { begun: begun.promise, verdict: verdict.promise }, begin: begun.resolve, answer: verdict.resolve }
}

export function opened(image: string): OpenImage {
  const opened = decider().open(image, false)
  if (!isOpen(opened)) throw new Error('decided by its name')
  return opened
}

type Answers = { readonly [Question in 'anonymous' | 'proxy']?: ReturnType<Verdicts[Question]> }

/** Judges one image by what is answered, with 2.5 s of time, and tells who was asked in which order. */
export function judging(answers: Answers, policy: Partial<Policy> = {}, name = image) {
  const asked: string[] = []
  const verdicts: Verdicts = {
    anonymous: (reference) => {
      asked.push(`registry ${formatReference(reference)}`)
      return answers.anonymous ?? anonymous('unknown')
    },
    proxy: (reference, _asker, original) => {
      asked.push(`proxy ${formatReference(reference)} for ${original === undefined ? '?' : formatReference(original)}`)
      return answers.proxy
    },
  }
  const deadline = createDeadline(2500)
  const options = { decider: decider(policy), verdicts, asker, deadline, silence: createSilence() }
  const judged = judge(opened(name), options)
  let decision: Decision | undefined
  void Promise.resolve(judged).then((value) => (decision = value))
  return {
    judged,
    asked,
    /** Undefined while nothing is decided. */
    get decision() {
      return decision
    },
  }
}

export const registryAsked = `registry ${image}`
export const proxyAsked = `proxy ${location} for ${image}`
