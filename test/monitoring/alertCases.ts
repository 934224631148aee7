const from = 'namespace="image-proxy-system", job="proxy-image-proxy-webhook"'
const pod = `${from}, instance="10.0.0.1:9090"`
const apiServer = 'job="apiserver", instance="10.0.0.9:6443"'
const hook = 'name="proxy-image-proxy-webhook.image-proxy-system.svc"'

/** Series in promtool's notation (`_` is a minute without a sample, `0+1x9` ten samples), and when to look. */
interface Case {
  readonly what: string
  readonly series: Readonly<Record<string, string>>
  readonly minute: number
  readonly values?: object
}

const up = { [`up{${pod}}`]: '1x60' }
const images = (decision: string, reason: string) =>
  `image_proxy_webhook_images_total{${pod}, decision="${decision}", reason="${reason}"}`
const bucket = (le: string) => `image_proxy_webhook_admission_duration_seconds_bucket{${pod}, le="${le}"}`
const days = (count: number) => `${count * 24 * 3600}x60`
const first = '_x20 1x40'

/** Cases in which an alert fires, by its name without ImageProxyWebhook. */
export const fires: Readonly<Record<string, readonly Case[]>> = {
  Down: [
    { what: 'no replica is scraped', series: {}, minute: 6 },
    { what: 'none of them answers', series: { [`up{${pod}}`]: '0x60' }, minute: 6 },
  ],
  Bypassed: [
    {
      what: 'the API server got no answer for the first time',
      series: {
        [`up{${apiServer}}`]: '1x60',
        [`apiserver_admission_webhook_fail_open_count{${apiServer}, ${hook}}`]: first,
      },
      minute: 21,
    },
    {
      what: 'it refused a Pod for that, where it is to refuse',
      series: {
        [`up{${apiServer}}`]: '1x60',
        [`apiserver_admission_webhook_rejection_count{${apiServer}, ${hook}, error_type="calling_webhook_error"}`]:
          '3x20 4x40',
      },
      minute: 22,
      values: { webhook: { failurePolicy: 'Fail' } },
    },
  ],
  Errors: [
    {
      what: 'a review failed for the first time',
      series: { ...up, [`image_proxy_webhook_admissions_total{${pod}, operation="CREATE", result="failed"}`]: first },
      minute: 21,
    },
  ],
  Slow: [
    {
      what: 'every review takes more than half of what the API server waits',
      series: { [bucket('1')]: '0x60', [bucket('2.5')]: '0x60', [bucket('5')]: '0+9x60', [bucket('+Inf')]: '0+9x60' },
      minute: 30,
    },
  ],
  UnknownVerdicts: [
    {
      what: 'of a fifth of the images nothing is known',
      series: { [images('leave', 'unknown')]: '0+2x60', [images('leave', 'public')]: '0+8x60' },
      minute: 40,
    },
  ],
  LicenseRefused: [
    {
      what: 'the proxy refuses the license',
      series: { [`image_proxy_webhook_license_refused{${pod}}`]: '1x60' },
      minute: 6,
    },
  ],
  LicenseUnusable: [
    {
      what: 'the source of the license holds none any more',
      series: { [`image_proxy_webhook_license_usable{${pod}}`]: '0x60' },
      minute: 6,
    },
  ],
  ImagesLeft: [
    { what: 'the first image was left', series: { ...up, [images('leave', 'refused')]: first }, minute: 21 },
  ],
  PullSecretFailed: [
    {
      what: 'a copy could not be kept',
      series: { ...up, [`image_proxy_webhook_pull_secret_writes_total{${pod}, result="foreign"}`]: '0x20 1x40' },
      minute: 22,
    },
  ],
  NotRepaired: [
    {
      what: 'nothing could be done about a Pod that waits',
      series: { ...up, [`image_proxy_webhook_repairs_total{${pod}, result="reported"}`]: '0x20 1x40' },
      minute: 22,
    },
  ],
  CertificateExpiring: [
    {
      what: 'the certificate ends in a day',
      series: { [`image_proxy_webhook_certificate_expiry_timestamp_seconds{${pod}}`]: days(1) },
      minute: 12,
    },
  ],
}

/** Cases in which it does not. */
export const silent: Readonly<Record<string, readonly Case[]>> = {
  Down: [{ what: 'one of two replicas answers', series: { ...up, [`up{${from}, instance="b"}`]: '0x60' }, minute: 30 }],
  Bypassed: [
    {
      what: 'the API server got no answer long ago',
      series: {
        [`up{${apiServer}}`]: '1x60',
        [`apiserver_admission_webhook_fail_open_count{${apiServer}, ${hook}}`]: '5x60',
      },
      minute: 30,
    },
    {
      what: 'another webhook was not reached',
      series: {
        [`up{${apiServer}}`]: '1x60',
        [`apiserver_admission_webhook_fail_open_count{${apiServer}, name="other"}`]: first,
      },
      minute: 21,
    },
  ],
  Errors: [
    {
      what: 'reviews are answered',
      series: {
        ...up,
        [`image_proxy_webhook_admissions_total{${pod}, operation="CREATE", result="patched"}`]: '0+9x60',
      },
      minute: 30,
    },
  ],
  Slow: [
    {
      what: 'reviews take less than half of that',
      series: {
        [bucket('1')]: '0+9x60',
        [bucket('2.5')]: '0+9x60',
        [bucket('5')]: '0+9x60',
        [bucket('+Inf')]: '0+9x60',
      },
      minute: 30,
    },
  ],
  UnknownVerdicts: [
    {
      what: 'that is so of one in twenty',
      series: { [images('leave', 'unknown')]: '0+1x60', [images('leave', 'public')]: '0+19x60' },
      minute: 40,
    },
  ],
  LicenseRefused: [
    { what: 'the proxy accepts it', series: { [`image_proxy_webhook_license_refused{${pod}}`]: '0x60' }, minute: 30 },
    { what: 'the proxy has not been asked', series: up, minute: 30 },
  ],
  LicenseUnusable: [
    { what: 'it holds one', series: { [`image_proxy_webhook_license_usable{${pod}}`]: '1x60' }, minute: 30 },
    { what: 'no license is configured', series: up, minute: 30 },
  ],
  ImagesLeft: [
    { what: 'public images were left', series: { ...up, [images('leave', 'public')]: first }, minute: 21 },
    {
      what: 'a replica is new that has left images before',
      series: { [images('leave', 'refused')]: first },
      minute: 21,
    },
  ],
  PullSecretFailed: [
    {
      what: 'copies are written',
      series: { ...up, [`image_proxy_webhook_pull_secret_writes_total{${pod}, result="written"}`]: '0+1x60' },
      minute: 22,
    },
  ],
  NotRepaired: [
    {
      what: 'Pods that waited are mended',
      series: { ...up, [`image_proxy_webhook_repairs_total{${pod}, result="replaced"}`]: '0+1x60' },
      minute: 22,
    },
  ],
  CertificateExpiring: [
    {
      what: 'it ends in a month',
      series: { [`image_proxy_webhook_certificate_expiry_timestamp_seconds{${pod}}`]: days(30) },
      minute: 12,
    },
  ],
}
