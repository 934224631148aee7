import { licensed, manifests, only } from '../../chart/support/helm.ts'

export interface Panel {
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string
      readonly mappings?: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[]
    }
  }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly links?: readonly { readonly url: string }[]
}

export interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] }
  readonly panels: readonly Panel[]
  readonly links: readonly { readonly url: string }[]
}

/** The dashboard as the chart installs it. */
export async function renderDashboard(values: object = {}): Promise<Dashboard> {
  const metrics = { dashboard: { enabled: true }, ...values }
  const object = only(await manifests({ ...licensed, metrics }), 'ConfigMap', 'proxy-image-proxy-webhook-dashboard')
  const [json = ''] = Object.values(object['data'] as Readonly<Record<string, string>>)
  return JSON.parse(json) as Dashboard
}

/** A query as Grafana sends it: with the values of the dashboard's variables, and its own for a range of a minute. */
export function filledIn(expression: string, { namespace, job }: { namespace: string; job: string }): string {
  return expression
    .replaceAll('$__rate_interval', '4s')
    .replaceAll('$__range', '1m')
    .replaceAll('$namespace', namespace)
    .replaceAll('$job', job)
}
