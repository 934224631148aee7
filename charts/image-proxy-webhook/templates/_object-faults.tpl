{{/* What the API server would refuse of the chart's objects, or what would undo itself, as a JSON list of sentences. */}}
{{- define "image-proxy-webhook.objectFaults" -}}
{{- $values := .Values -}}
{{- $faults := list -}}

{{- with $values.image -}}
{{- if contains "://" .repository -}}
{{- $faults = append $faults "image.repository must not begin with a scheme such as https://." -}}
{{- else if regexMatch "@|:[^/]*$" .repository -}}
{{- $faults = append $faults "image.repository holds a tag or a digest: put it into image.tag or image.digest." -}}
{{- else if not (regexMatch "^[a-z0-9/._-]+$" (regexReplaceAll "^(?:[^/]*[.:][^/]*|localhost)/" .repository "")) -}}
{{- $faults = append $faults (printf "image.repository %q must be in lower case, without spaces, such as ghcr.io/my-org/image-proxy-webhook." .repository) -}}
{{- end -}}
{{- if not (regexMatch "^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$" (.tag | default "")) -}}
{{- $faults = append $faults (printf "image.tag %q cannot be a tag: letters, digits, \"_\", \".\" and \"-\", 128 at most." .tag) -}}
{{- end -}}
{{- end -}}
{{- range $path, $registry := dict "image.registry" ($values.image.registry | default "") "global.imageRegistry" (($values.global).imageRegistry | default "") -}}
{{- if contains "://" $registry -}}
{{- $faults = append $faults (printf "%s must not begin with a scheme such as https://." $path) -}}
{{- end -}}
{{- end -}}

{{- $own := list "no-mirror-pods" "not-ignored" "images-changed" -}}
{{- range $index, $condition := $values.webhook.matchConditions -}}
{{- if has $condition.name $own -}}
{{- $faults = append $faults (printf "webhook.matchConditions[%d] is named %s, as one of the chart's own is (%s)." $index $condition.name (join ", " $own)) -}}
{{- end -}}
{{- $own = append $own $condition.name -}}
{{- end -}}

{{- $rolling := $values.strategy.rollingUpdate | default dict -}}
{{- if and (eq $values.strategy.type "RollingUpdate") (regexMatch "^0%?$" (toString (get $rolling "maxUnavailable"))) (regexMatch "^0%?$" (toString (get $rolling "maxSurge"))) -}}
{{- $faults = append $faults "strategy.rollingUpdate.maxUnavailable and maxSurge are both 0: no Pod could ever be replaced." -}}
{{- end -}}

{{- $replicas := int (ternary $values.autoscaling.minReplicas $values.replicaCount $values.autoscaling.enabled) -}}
{{- $available := toString $values.podDisruptionBudget.minAvailable -}}
{{- if and $values.podDisruptionBudget.enabled (gt $replicas 1) (or (eq $available "100%") (and (regexMatch "^[0-9]+$" $available) (ge (int $available) $replicas))) -}}
{{- $faults = append $faults (printf "podDisruptionBudget.minAvailable %s of %d replicas would stop every drain of a node: at least one must be allowed to go." $available $replicas) -}}
{{- end -}}
{{- $unavailable := toString $values.podDisruptionBudget.maxUnavailable -}}
{{- if and $values.podDisruptionBudget.enabled (gt $replicas 1) (has $available (list "" "<nil>")) (has $unavailable (list "0" "0%")) -}}
{{- $faults = append $faults (printf "podDisruptionBudget.maxUnavailable %s would stop every drain of a node: at least one must be allowed to go." $unavailable) -}}
{{- end -}}
{{- if and $values.autoscaling.enabled (lt (int $values.autoscaling.maxReplicas) (int $values.autoscaling.minReplicas)) -}}
{{- $faults = append $faults "autoscaling.maxReplicas is less than autoscaling.minReplicas." -}}
{{- end -}}
{{- if $values.autoscaling.enabled -}}
{{- range $resource, $percentage := dict "cpu" $values.autoscaling.targetCPUUtilizationPercentage "memory" $values.autoscaling.targetMemoryUtilizationPercentage -}}
{{- if and $percentage (not (get (($values.resources).requests | default dict) $resource)) -}}
{{- $faults = append $faults (printf "autoscaling looks at %s in percent of resources.requests.%s, which is not set." $resource $resource) -}}
{{- end -}}
{{- end -}}
{{- if not (or $values.autoscaling.targetCPUUtilizationPercentage $values.autoscaling.targetMemoryUtilizationPercentage) -}}
{{- $faults = append $faults "autoscaling is enabled, and neither targetCPUUtilizationPercentage nor targetMemoryUtilizationPercentage is set." -}}
{{- end -}}
{{- end -}}

{{- if and (eq $values.service.ipFamilyPolicy "SingleStack") (gt (len ($values.service.ipFamilies | default list)) 1) -}}
{{- $faults = append $faults "service.ipFamilies names two families, and service.ipFamilyPolicy is SingleStack." -}}
{{- end -}}
{{- if and (eq $values.tls.mode "cert-manager") (ge (include "image-proxy-webhook.milliseconds" $values.tls.certManager.renewBefore | float64) (include "image-proxy-webhook.milliseconds" $values.tls.certManager.duration | float64)) -}}
{{- $faults = append $faults (printf "tls.certManager.renewBefore must be less than tls.certManager.duration (%s)." $values.tls.certManager.duration) -}}
{{- end -}}
{{- if and (eq $values.tls.mode "cert-manager") (lt (include "image-proxy-webhook.milliseconds" $values.tls.certManager.duration | float64) 3600000.0) -}}
{{- $faults = append $faults (printf "tls.certManager.duration must be at least 1h, as cert-manager has it, not %s." $values.tls.certManager.duration) -}}
{{- end -}}
{{- with $values.metrics.serviceMonitor -}}
{{- if and .scrapeTimeout (gt (include "image-proxy-webhook.milliseconds" .scrapeTimeout | float64) (include "image-proxy-webhook.milliseconds" .interval | float64)) -}}
{{- $faults = append $faults (printf "metrics.serviceMonitor.scrapeTimeout must be at most metrics.serviceMonitor.interval (%s)." .interval) -}}
{{- end -}}
{{- end -}}
{{- if le (int $values.terminationGracePeriodSeconds) (int $values.preStopSleepSeconds) -}}
{{- $faults = append $faults "terminationGracePeriodSeconds must be more than preStopSleepSeconds." -}}
{{- end -}}

{{- $limits := ($values.resources).limits | default dict -}}
{{- range $resource, $request := ($values.resources).requests | default dict -}}
{{- $limit := get $limits $resource -}}
{{- if and $limit (gt (include "image-proxy-webhook.amount" $request | float64) (include "image-proxy-webhook.amount" $limit | float64)) -}}
{{- $faults = append $faults (printf "resources.requests.%s (%v) is more than resources.limits.%s (%v)." $resource $request $resource $limit) -}}
{{- end -}}
{{- end -}}

{{- $context := merge (dict) ($values.securityContext | default dict) ($values.podSecurityContext | default dict) -}}
{{- if and (eq (toString $context.runAsUser) "0") $context.runAsNonRoot -}}
{{- $faults = append $faults "runAsUser is 0, which is root, and runAsNonRoot is true: no container could start. See podSecurityContext and securityContext." -}}
{{- end -}}
{{- range $key, $port := $values.containerPorts -}}
{{- if and $values.hostNetwork (lt (int $port) 1024) (ne (toString $context.runAsUser) "0") -}}
{{- $faults = append $faults (printf "containerPorts.%s is %d: with hostNetwork none but root may listen below 1024." $key (int $port)) -}}
{{- end -}}
{{- end -}}

{{- range $index, $toleration := $values.tolerations -}}
{{- $exists := eq ($toleration.operator | default "Equal") "Exists" -}}
{{- if and $exists $toleration.value -}}
{{- $faults = append $faults (printf "tolerations[%d] has a value, which goes with every operator but Exists." $index) -}}
{{- else if not (or $exists $toleration.key) -}}
{{- $faults = append $faults (printf "tolerations[%d] has no key: it tolerates every taint with the operator Exists, and none without it." $index) -}}
{{- end -}}
{{- if and (not (kindIs "invalid" $toleration.tolerationSeconds)) (ne ($toleration.effect | default "") "NoExecute") -}}
{{- $faults = append $faults (printf "tolerations[%d].tolerationSeconds goes with the effect NoExecute alone." $index) -}}
{{- end -}}
{{- end -}}

{{- $names := list "webhook" -}}
{{- range concat ($values.extraContainers | default list) ($values.initContainers | default list) -}}
{{- if has .name $names -}}
{{- $faults = append $faults (printf "extraContainers and initContainers must not name two containers %s." .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $volumes := list -}}
{{- range $values.extraVolumes -}}
{{- if eq .name "config" -}}
{{- $faults = append $faults "extraVolumes must not name a volume config, which the chart has." -}}
{{- else if has .name $volumes -}}
{{- $faults = append $faults (printf "extraVolumes must not name two volumes %s." .name) -}}
{{- end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- range $index, $mount := $values.extraVolumeMounts -}}
{{- if not (has $mount.name (append $volumes "config")) -}}
{{- $faults = append $faults (printf "extraVolumeMounts[%d] names the volume %s, which extraVolumes does not have." $index $mount.name) -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end -}}

{{/* Of a quantity such as 100m, 2 or 256Mi, as a number. */}}
{{- define "image-proxy-webhook.amount" -}}
{{- $text := toString . -}}
{{- $units := dict "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 -}}
{{- $unit := regexFind "(?:[numkMGTPE]|[KMGTPE]i)$" $text -}}
{{- mulf (trimSuffix $unit $text | float64) (get $units $unit | default 1.0) -}}
{{- end -}}
