{{- define "image-proxy-webhook.configDirectory" -}}
/etc/image-proxy-webhook
{{- end -}}

{{/* The webhook's configuration: the sections of the values that are its own, and what the chart knows. */}}
{{- define "image-proxy-webhook.config" -}}
{{- $directory := include "image-proxy-webhook.configDirectory" . -}}
{{- $needsApi := include "image-proxy-webhook.needsApi" . -}}
{{- $source := include "image-proxy-webhook.licenseSource" . -}}

{{- $license := dict -}}
{{- if and $source $needsApi -}}
{{- $_ := set $license "secret" (include "image-proxy-webhook.licenseSecretName" .) -}}
{{- else if has $source (list "existing" "registry") -}}
{{- $_ := set $license "dockerConfigFile" (printf "%s/license/.dockerconfigjson" $directory) -}}
{{- else if eq $source "file" -}}
{{- $_ := set $license "file" (printf "%s/license/license.yaml" $directory) -}}
{{- end -}}

{{- $check := omit .Values.check "ca" "caConfigMap" "caSecret" -}}
{{- if or .Values.check.ca .Values.check.caConfigMap.name .Values.check.caSecret.name -}}
{{- $_ := set $check "caFile" (printf "%s/ca.pem" $directory) -}}
{{- end -}}

{{- $tls := dict "mode" "files" "certFile" (printf "%s/tls/tls.crt" $directory) "keyFile" (printf "%s/tls/tls.key" $directory) -}}
{{- if eq .Values.tls.mode "self" -}}
{{- $tls = dict "mode" "self" "secret" (include "image-proxy-webhook.tlsSecretName" .) "hosts" (list (include "image-proxy-webhook.serviceHost" .)) -}}
{{- end -}}

{{- $_ := set $tls "minVersion" .Values.tls.minVersion -}}

{{- $config := dict
  "appSlug" (include "image-proxy-webhook.appSlug" .)
  "proxy" .Values.proxy
  "policy" .Values.policy
  "check" $check
  "pullSecret" (dict "name" (include "image-proxy-webhook.pullSecretName" .) "provision" .Values.pullSecret.provision)
  "repair" (dict "enabled" (not (empty (include "image-proxy-webhook.repairs" .))) "perMinute" .Values.repair.perMinute)
  "namespaces" (include "image-proxy-webhook.namespaces" . | fromJsonArray)
  "excludedNamespaces" (.Values.excludedNamespaces | default list)
  "server" (dict "port" .Values.containerPorts.https "tls" $tls)
  "metrics" (dict "port" .Values.containerPorts.metrics)
  "log" .Values.log -}}
{{- if $license -}}
{{- $_ := set $config "license" $license -}}
{{- end -}}
{{- if $needsApi -}}
{{- $_ := set $config "kubernetes" (dict
  "namespace" .Release.Namespace
  "webhookConfiguration" (include "image-proxy-webhook.fullname" .)
  "requestsPerSecond" .Values.kubernetes.requestsPerSecond) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
