{{/* A dependency's alias is the chart's name, and may have capitals and underscores, which names of objects may not. */}}
{{- define "image-proxy-webhook.name" -}}
{{- .Values.nameOverride | default .Chart.Name | lower | replace "." "-" | replace "_" "-" | trunc 58 | trimAll "-" -}}
{{- end -}}

{{/*
Names every object, and carries the release: two releases in one cluster do not meet. One that is too long for a Service
ends with a checksum, or two aliases in a release with a long name would have one name.
*/}}
{{- define "image-proxy-webhook.fullname" -}}
{{- $name := include "image-proxy-webhook.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $full = .Values.fullnameOverride | default $full | replace "." "-" -}}
{{- if gt (len $full) 63 -}}
{{- $full = printf "%s-%s" (trunc 54 $full | trimSuffix "-") (sha256sum $full | trunc 8) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{- define "image-proxy-webhook.selectorLabels" -}}
app.kubernetes.io/name: {{ include "image-proxy-webhook.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* The labels of an object, of a list: the context, and labels of its own, which win. */}}
{{- define "image-proxy-webhook.labelsAnd" -}}
{{- merge (dict) (index . 1 | default dict) (include "image-proxy-webhook.labels" (first .) | fromYaml) | toYaml -}}
{{- end -}}

{{- define "image-proxy-webhook.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "image-proxy-webhook" -}}
{{- merge (include "image-proxy-webhook.selectorLabels" . | fromYaml) $own (.Values.commonLabels | default dict) | toYaml -}}
{{- end -}}

{{/* The annotations of an object, of a list: the context, and maps that win over commonAnnotations. Empty where there are none. */}}
{{- define "image-proxy-webhook.annotations" -}}
{{- $context := first . -}}
{{- $annotations := dict -}}
{{- range append (rest .) $context.Values.commonAnnotations -}}{{- $annotations = merge $annotations (. | default dict) -}}{{- end -}}
{{- with $annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{- define "image-proxy-webhook.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "image-proxy-webhook.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/*
The webhook's image. What comes before the first slash of a repository is a host where it has a dot or a port, or is
"localhost": image.registry is for one without, and global.imageRegistry takes the place of either.
*/}}
{{- define "image-proxy-webhook.image" -}}
{{- with .Values.image -}}
{{- $first := splitList "/" .repository | first -}}
{{- $hosted := and (contains "/" .repository) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- $registry := ternary $first (.registry | default "") $hosted -}}
{{- $path := ternary (trimPrefix (printf "%s/" $first) .repository) .repository $hosted -}}
{{- with ($.Values.global).imageRegistry -}}{{- $registry = . -}}{{- end -}}
{{- with $registry -}}{{- trimSuffix "/" . -}}/{{- end -}}
{{- $path -}}
{{- if .digest -}}@{{ .digest }}{{- else -}}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Names of Secrets that pull that image, as a list of objects; a parent chart may write the names alone. */}}
{{- define "image-proxy-webhook.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range concat (($.Values.global).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with uniq $secrets -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/*
The security context of Pods. On OpenShift the namespace's own range decides who runs them, and some of its
constraints refuse any seccomp profile that is named.
*/}}
{{- define "image-proxy-webhook.podSecurityContext" -}}
{{- $context := .Values.podSecurityContext -}}
{{- if include "image-proxy-webhook.onOpenShift" . -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" "seccompProfile" -}}
{{- end -}}
{{- with $context -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{- define "image-proxy-webhook.onOpenShift" -}}
{{- $detected := .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
{{- if or (eq .Values.openshift "enabled") (and (eq .Values.openshift "auto") $detected) -}}true{{- end -}}
{{- end -}}

{{/* "true" where Pods that wait for their images are mended. */}}
{{- define "image-proxy-webhook.repairs" -}}
{{- if ternary .Values.pullSecret.provision .Values.repair.enabled (kindIs "invalid" .Values.repair.enabled) -}}true{{- end -}}
{{- end -}}

{{/* "true" where a feature that is on needs one replica to lead. */}}
{{- define "image-proxy-webhook.needsLeader" -}}
{{- if or .Values.pullSecret.provision (include "image-proxy-webhook.repairs" .) -}}true{{- end -}}
{{- end -}}

{{/* "true" where a feature that is on needs the Kubernetes API; else the Pods get no token. */}}
{{- define "image-proxy-webhook.needsApi" -}}
{{- if or (include "image-proxy-webhook.needsLeader" .) (eq .Values.tls.mode "self") -}}true{{- end -}}
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
