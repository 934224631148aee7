{{/* Where the license comes from, the first that is set: existing, file, registry or id. Empty where there is none. */}}
{{- define "image-proxy-webhook.licenseSource" -}}
{{- if .Values.pullSecret.existingSecret -}}existing
{{- else if .Values.license.file -}}file
{{- else if ((.Values.global).replicated).dockerconfigjson -}}registry
{{- else if .Values.license.id -}}id
{{- end -}}
{{- end -}}

{{- define "image-proxy-webhook.licenseSecretName" -}}
{{- .Values.pullSecret.existingSecret | default (printf "%s-license" (include "image-proxy-webhook.fullname" .)) -}}
{{- end -}}

{{/* The key in that Secret. */}}
{{- define "image-proxy-webhook.licenseKey" -}}
{{- get (dict "existing" ".dockerconfigjson" "file" "license.yaml" "registry" ".dockerconfigjson" "id" "id") (include "image-proxy-webhook.licenseSource" .) -}}
{{- end -}}

{{/* The application's slug, given or told by the license file. Empty where nothing tells it. */}}
{{- define "image-proxy-webhook.appSlug" -}}
{{- if .Values.appSlug -}}
{{- .Values.appSlug -}}
{{- else if .Values.license.file -}}
{{- $spec := (.Values.license.file | fromYaml).spec -}}
{{- if kindIs "map" $spec -}}{{- $spec.appSlug | default "" -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The name RBAC is restricted to. */}}
{{- define "image-proxy-webhook.pullSecretName" -}}
{{- .Values.pullSecret.name | default (printf "%s-registry" (include "image-proxy-webhook.appSlug" .)) -}}
{{- end -}}
