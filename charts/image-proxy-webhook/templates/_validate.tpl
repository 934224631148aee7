{{/*
Stops with every contradiction between values at once. What one value may hold is the schema's, but for those that may hold
a secret: Helm would quote it.
*/}}
{{- define "image-proxy-webhook.validate" -}}
{{- $values := .Values -}}
{{- $keys := .Files.Get "files/values-keys.json" | fromJson -}}
{{- $missing := include "image-proxy-webhook.missingKeys" (list .Values $keys.needed) | fromJsonArray -}}
{{- if $missing -}}
{{- /* What else is wrong is told once these are there: the rest reads them. */ -}}
{{- fail (printf "\n\n%s cannot be installed like this:\n- %s\n\nAfter an upgrade of the chart with --reuse-values, which keeps new defaults out, use --reset-then-reuse-values.\n" .Chart.Name (join "\n- " $missing)) -}}
{{- end -}}
{{- $source := include "image-proxy-webhook.licenseSource" . -}}
{{- $slug := include "image-proxy-webhook.appSlug" . -}}
{{- $pullSecret := include "image-proxy-webhook.pullSecretName" . -}}
{{- $everywhere := include "image-proxy-webhook.everywhere" . -}}
{{- $faults := include "image-proxy-webhook.unknownKeys" (list .Values "" $keys.known) | fromJsonArray -}}

{{- if and (not $source) $values.pullSecret.provision -}}
{{- $faults = append $faults "there is no license. Set one of pullSecret.existingSecret, license.file (--set-file license.file=license.yaml) and license.id, or pull the chart from the Replicated registry, which adds global.replicated.dockerconfigjson. Without a license, set pullSecret.provision=false." -}}
{{- end -}}

{{- if $values.license.file -}}
{{- $faults = concat $faults (include "image-proxy-webhook.licenseFaults" ($values.license.file | fromYaml) | fromJsonArray) -}}
{{- end -}}
{{- if not $slug -}}
{{- if eq $source "file" -}}
{{- $faults = append $faults "license.file has no spec.appSlug: is it the customer's license file (kind: License)? If so, set appSlug." -}}
{{- else -}}
{{- $faults = append $faults "appSlug is not set, and only a license file tells it. Set appSlug to the slug of the application that the license is for." -}}
{{- end -}}
{{- else if not (and (regexMatch "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$" $pullSecret) (le (len $pullSecret) 253)) -}}
{{- $faults = append $faults (printf "%q, made of appSlug, cannot be the name of a Secret. Set pullSecret.name." $pullSecret) -}}
{{- end -}}

{{- if regexMatch "\\s" ($values.license.id | default "") -}}
{{- $faults = append $faults "license.id has spaces or line breaks in it." -}}
{{- end -}}
{{- $cas := list -}}
{{- range $key, $name := dict "check.ca" $values.check.ca "check.caConfigMap" $values.check.caConfigMap.name "check.caSecret" $values.check.caSecret.name -}}
{{- if $name -}}{{- $cas = append $cas $key -}}{{- end -}}
{{- end -}}
{{- if gt (len $cas) 1 -}}
{{- $faults = append $faults (printf "CAs come from one place: %s are set." (join " and " $cas)) -}}
{{- end -}}
{{- range $key, $pem := dict "check.ca" ($values.check.ca | default "") "tls.caBundle" ($values.tls.caBundle | default "") -}}
{{- if and (trim $pem) (or (not (contains "-----BEGIN CERTIFICATE-----" $pem)) (contains "PRIVATE KEY-----" $pem)) -}}
{{- $faults = append $faults (printf "%s must hold the PEM text of certificates (--set-file %s=FILE), and nothing secret." $key $key) -}}
{{- end -}}
{{- end -}}

{{- if eq $source "registry" -}}
{{- if not (hasKey ($values.global.replicated.dockerconfigjson | b64dec | fromJson) "auths") -}}
{{- $faults = append $faults "global.replicated.dockerconfigjson is not a dockerconfigjson in base64." -}}
{{- end -}}
{{- end -}}

{{- if eq $pullSecret "replicated" -}}
{{- $faults = append $faults "pullSecret.name must not be \"replicated\": that Secret belongs to the Replicated SDK." -}}
{{- end -}}

{{- $covered := include "image-proxy-webhook.namespaces" . | fromJsonArray -}}
{{- $ownIsCovered := ternary (not (has .Release.Namespace ($values.excludedNamespaces | default list))) (has .Release.Namespace $covered) (has "*" $covered) -}}
{{- if and $values.pullSecret.provision $ownIsCovered (eq ($values.pullSecret.existingSecret | default "") $pullSecret) -}}
{{- $faults = append $faults (printf "pullSecret.existingSecret has the name that its copies get, %s: in the release's namespace it would be taken for somebody else's. Set pullSecret.name to another one." $pullSecret) -}}
{{- end -}}

{{- if and (include "image-proxy-webhook.needsLeader" .) $values.rbac.create (ne $values.rbac.scope "cluster") $everywhere -}}
{{- $key := ternary "webhook.namespaceSelector" "additionalNamespaces={*}" (not (empty $values.webhook.namespaceSelector)) -}}
{{- $faults = append $faults (printf "%s needs rbac.scope=cluster: pull secrets are copied, and Pods repaired, in namespaces that are not listed. (Or set pullSecret.provision=false and bring the pull secret there yourself.)" $key) -}}
{{- end -}}
{{- if and $values.webhook.namespaceSelector $values.excludedNamespaces -}}
{{- $instead := dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" $values.excludedNamespaces -}}
{{- $faults = append $faults (printf "webhook.namespaceSelector takes the place of excludedNamespaces, which must be empty. Add this to webhook.namespaceSelector.matchExpressions instead: %s" (toJson $instead)) -}}
{{- end -}}
{{- if eq (include "image-proxy-webhook.namespaces" .) "[]" -}}
{{- $faults = append $faults "no namespace is left: excludedNamespaces names the release's own and all additionalNamespaces." -}}
{{- end -}}

{{- if eq $values.tls.mode "existingSecret" -}}
{{- if not $values.tls.existingSecret -}}
{{- $faults = append $faults "tls.mode=existingSecret needs tls.existingSecret, the name of a kubernetes.io/tls Secret." -}}
{{- end -}}
{{- else if or $values.tls.existingSecret $values.tls.caBundle -}}
{{- $key := ternary "tls.existingSecret" "tls.caBundle" (not (empty $values.tls.existingSecret)) -}}
{{- $faults = append $faults (printf "%s is only used with tls.mode=existingSecret, and tls.mode is %s." $key $values.tls.mode) -}}
{{- end -}}

{{- $fullname := include "image-proxy-webhook.fullname" . -}}
{{- if not (regexMatch "^[a-z]" $fullname) -}}
{{- $faults = append $faults (printf "%q cannot be the name of a Service, which begins with a letter. Set fullnameOverride." $fullname) -}}
{{- end -}}

{{- $faults = concat $faults (include "image-proxy-webhook.configurationFaults" . | fromJsonArray) -}}
{{- $faults = concat $faults (include "image-proxy-webhook.objectFaults" . | fromJsonArray) -}}

{{- if $faults -}}
{{- fail (printf "\n\n%s cannot be installed like this:\n- %s\n" .Chart.Name (join "\n- " $faults)) -}}
{{- end -}}
{{- end -}}
