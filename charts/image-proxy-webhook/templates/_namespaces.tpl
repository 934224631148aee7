{{/* "true" where every namespace is covered but those that are excluded. */}}
{{- define "image-proxy-webhook.everywhere" -}}
{{- if or .Values.webhook.namespaceSelector (has "*" (.Values.additionalNamespaces | default list)) -}}true{{- end -}}
{{- end -}}

{{/* The namespaces whose Pods are patched, as a JSON list; ["*"] where they are not listed. */}}
{{- define "image-proxy-webhook.namespaces" -}}
{{- if include "image-proxy-webhook.everywhere" . -}}
["*"]
{{- else -}}
{{- $listed := prepend (.Values.additionalNamespaces | default list) .Release.Namespace | uniq -}}
{{- $covered := list -}}
{{- range $listed -}}
{{- if not (has . ($.Values.excludedNamespaces | default list)) -}}{{- $covered = append $covered . -}}{{- end -}}
{{- end -}}
{{- toJson $covered -}}
{{- end -}}
{{- end -}}

{{/* The namespaceSelector of the webhook. */}}
{{- define "image-proxy-webhook.namespaceSelector" -}}
{{- $selector := deepCopy (.Values.webhook.namespaceSelector | default dict) -}}
{{- $expressions := $selector.matchExpressions | default list -}}
{{- if not $selector -}}
{{- $excluded := concat (list "kube-system" "kube-public" "kube-node-lease") (.Values.excludedNamespaces | default list) | uniq -}}
{{- $name := dict "key" "kubernetes.io/metadata.name" -}}
{{- if include "image-proxy-webhook.everywhere" . -}}
{{- $_ := set $name "operator" "NotIn" -}}
{{- $_ := set $name "values" $excluded -}}
{{- else -}}
{{- $_ := set $name "operator" "In" -}}
{{- $_ := set $name "values" (include "image-proxy-webhook.namespaces" . | fromJsonArray) -}}
{{- end -}}
{{- $expressions = list $name -}}
{{- end -}}
{{- $_ := set $selector "matchExpressions" (append $expressions (include "image-proxy-webhook.notIgnored" . | fromYaml)) -}}
{{- toYaml $selector -}}
{{- end -}}

{{- define "image-proxy-webhook.notIgnored" -}}
key: image-proxy-webhook/ignore
operator: NotIn
values: ["true"]
{{- end -}}
