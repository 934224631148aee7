/**
 * The names of the conditions in CEL that the chart gives its MutatingWebhookConfiguration. They hold for the creation of
 * every Pod that is no mirror Pod and does not opt out. Those of other names are the operator's, for the API server alone
 * to judge.
 */
export const ownConditions: readonly string[] = ['no-mirror-pods', 'not-ignored', 'images-changed']
