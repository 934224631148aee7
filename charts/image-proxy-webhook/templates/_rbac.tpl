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
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}
