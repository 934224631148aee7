/** An AdmissionReview of a small Pod with these images, one container each. */
export function podReview(...images: string[]): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '9d0d1a7c-1f4e-4c3b-9a57-0f9ce02a5c11',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'my-app',
      object: {
        metadata: { generateName: 'api-' },
        spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
      },
    },
  })
}
