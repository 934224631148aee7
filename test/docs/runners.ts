/** Which test runs the shell commands of a page, by the headings that they stand below; all of the page where none is named. */
export interface Runner {
  readonly page: string
  readonly sections?: readonly string[]
  readonly test: string
}

/** Run by this file's own registry, without a cluster. */
export const here = 'test/docs/commands.test.ts'
/** Run likewise, on a cluster. */
export const onCluster = 'test/e2e/docs/installPage.test.ts'

const chart = 'charts/image-proxy-webhook/README.md'

export const runners: readonly Runner[] = [
  { page: 'README.md', sections: ['Try it', 'Look before you install'], test: here },
  { page: 'README.md', sections: ['On a cluster, with nothing but the demo'], test: 'test/e2e/demo/readme.test.ts' },
  { page: 'README.md', sections: ['Install it in a cluster'], test: onCluster },
  { page: 'CONTRIBUTING.md', test: here },
  { page: 'docs/command-line.md', test: here },
  { page: 'docs/install.md', test: onCluster },
  { page: 'docs/operators.md', test: here },
  { page: 'docs/releasing.md', test: here },
  { page: 'docs/troubleshooting.md', test: 'test/e2e/troubleshooting/symptoms.test.ts' },
  { page: 'docs/vendors.md', test: here },
  { page: chart, sections: ['Install'], test: onCluster },
  { page: chart, sections: ['Troubleshooting'], test: 'test/e2e/install/commands.test.ts' },
  ...[
    'Down',
    'Bypassed',
    'Errors',
    'Slow',
    'UnknownVerdicts',
    'LicenseRefused',
    'LicenseUnusable',
    'ImagesLeft',
    'PullSecretFailed',
    'NotRepaired',
    'CertificateExpiring',
  ].map((alert) => ({
    page: chart,
    sections: [`ImageProxyWebhook${alert}`],
    test: 'test/e2e/install/commands.test.ts',
  })),
]
