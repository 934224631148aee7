{{/* Where the pull secret's copies may be kept: "namespaces" or "cluster". Empty where none are kept. */}}
{{- define "image-proxy-webhook.copyScope" -}}
{{- if and .Values.rbac.create .Values.pullSecret.provision -}}{{ .Values.rbac.scope }}{{- end -}}
{{- end -}}

{{/* What keeping the copies takes in a namespace. A name restricts create too, where an object is made by server-side apply. */}}
{{- define "image-proxy-webhook.copyRules" -}}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "image-proxy-webhook.pullSecretName" . | quote }}]
  verbs: [get, list, watch, create, patch]
{{ include "image-proxy-webhook.watchRules" . }}
{{- end -}}

{{/* Where Pods that wait for their images may be mended: "namespaces" or "cluster". Empty where none are. */}}
{{- define "image-proxy-webhook.repairScope" -}}
{{- if and .Values.rbac.create (include "image-proxy-webhook.repairs" .) -}}{{ .Values.rbac.scope }}{{- end -}}
{{- end -}}

{{/* What it takes to find Pods that wait, and to say what becomes of them. In a Role, get reaches that namespace alone. */}}
{{- define "image-proxy-webhook.watchRules" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}

{{/* What mending them takes in a namespace. */}}
{{- define "image-proxy-webhook.repairRules" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get]
{{- if not .Values.pullSecret.provision }}
{{ include "image-proxy-webhook.watchRules" . }}
{{- end }}
{{- end -}}
