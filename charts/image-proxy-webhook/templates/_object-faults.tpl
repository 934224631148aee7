{{/* What the API server would refuse of the chart's objects, or what would undo itself, as a JSON list of sentences. */}}
{{- define "image-proxy-webhook.objectFaults" -}}
{{- $values := .Values -}}
{{- $faults := list -}}

{{- with $values.image -}}
{{- if regexMatch "@|:[^/]*$" .repository -}}
{{- $faults = append $faults "image.repository holds a tag or a digest: put it into image.tag or image.digest." -}}
{{- end -}}
{{- if contains "://" .repository -}}
{{- $faults = append $faults "image.repository must not begin with a scheme such as https://." -}}
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
{{- with $values.metrics.serviceMonitor -}}
{{- if and .scrapeTimeout (gt (include "image-proxy-webhook.milliseconds" .scrapeTimeout | float64) (include "image-proxy-webhook.milliseconds" .interval | float64)) -}}
{{- $faults = append $faults (printf "metrics.serviceMonitor.scrapeTimeout must be at most metrics.serviceMonitor.interval (%s)." .interval) -}}
{{- end -}}
{{- end -}}
{{- if le (int $values.terminationGracePeriodSeconds) (int $values.preStopSleepSeconds) -}}
{{- $faults = append $faults "terminationGracePeriodSeconds must be more than preStopSleepSeconds." -}}
{{- end -}}

{{- $names := list "webhook" -}}
{{- range concat ($values.extraContainers | default list) ($values.initContainers | default list) -}}
{{- if has .name $names -}}
{{- $faults = append $faults (printf "extraContainers and initContainers must not name two containers %s." .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range $values.extraVolumes -}}
{{- if eq .name "config" -}}
{{- $faults = append $faults "extraVolumes must not name a volume config, which the chart has." -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end -}}
