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

{{/* What the webhook would refuse of a license file, which is given as a map, as a JSON list of sentences that do not quote it. */}}
{{- define "image-proxy-webhook.licenseFaults" -}}
{{- $faults := list -}}
{{- if and (eq (toString .apiVersion) "kots.io/v1beta1") (eq (toString .kind) "License") -}}
{{- $spec := kindIs "map" .spec | ternary .spec dict -}}
{{- $texts := dict -}}
{{- range $key := list "licenseID" "appSlug" -}}
{{- $value := get $spec $key -}}
{{- if kindIs "string" $value -}}
{{- $_ := set $texts $key $value -}}
{{- else if not (kindIs "invalid" $value) -}}
{{- $faults = append $faults (printf "license.file: spec.%s is no text: put it into quotes." $key) -}}
{{- end -}}
{{- end -}}
{{- $id := get $texts "licenseID" -}}
{{- if and (not $id) (not (get $spec "licenseID")) -}}
{{- $faults = append $faults "license.file has no spec.licenseID." -}}
{{- else if not (regexMatch "^[\\x21-\\x7e]*$" $id) -}}
{{- $faults = append $faults "license.file: spec.licenseID has characters other than printable ASCII without spaces." -}}
{{- end -}}
{{- if not (regexMatch "^(?:[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)?$" (get $texts "appSlug")) -}}
{{- $faults = append $faults "license.file: spec.appSlug cannot be part of an image's name: lower-case letters and digits are expected, with single separators between them." -}}
{{- end -}}
{{- else -}}
{{- $faults = append $faults "license.file is no license: it must be the customer's license file, with apiVersion kots.io/v1beta1 and kind License (--set-file license.file=FILE, not --set)." -}}
{{- end -}}
{{- toJson $faults -}}
{{- end -}}
