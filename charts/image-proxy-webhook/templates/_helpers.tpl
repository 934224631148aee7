{{- define "image-proxy-webhook.name" -}}
{{- .Values.nameOverride | default .Chart.Name | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Names every object, and carries the release: two releases in one cluster do not meet. */}}
{{- define "image-proxy-webhook.fullname" -}}
{{- $name := include "image-proxy-webhook.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $full | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "image-proxy-webhook.selectorLabels" -}}
app.kubernetes.io/name: {{ include "image-proxy-webhook.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "image-proxy-webhook.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "image-proxy-webhook" -}}
{{- merge (include "image-proxy-webhook.selectorLabels" . | fromYaml) $own .Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "image-proxy-webhook.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "image-proxy-webhook.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "image-proxy-webhook.image" -}}
{{- with .Values.image -}}
{{- .repository -}}
{{- if .digest -}}@{{ .digest }}{{- else -}}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* "true" where a feature that is on needs the Kubernetes API; else the Pods get no token. */}}
{{- define "image-proxy-webhook.needsApi" -}}
{{- if or .Values.pullSecret.provision (eq .Values.tls.mode "self") -}}true{{- end -}}
{{- end -}}

{{- define "image-proxy-webhook.severalReplicas" -}}
{{- if gt (int (ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled)) 1 -}}true{{- end -}}
{{- end -}}

{{/* The Secret with the serving certificate. */}}
{{- define "image-proxy-webhook.tlsSecretName" -}}
{{- if eq .Values.tls.mode "existingSecret" -}}
{{- .Values.tls.existingSecret -}}
{{- else -}}
{{- include "image-proxy-webhook.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{- define "image-proxy-webhook.serviceHost" -}}
{{ include "image-proxy-webhook.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end -}}

{{/* Of the test's Pod, which is no endpoint of the Service. */}}
{{- define "image-proxy-webhook.testLabels" -}}
app.kubernetes.io/name: {{ include "image-proxy-webhook.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}
