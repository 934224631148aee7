{{/*
What the webhook's configuration would refuse and the schema cannot tell, as a JSON list of sentences: a Pod that
crash-loops is a late answer. src/config says the same in its own words.
*/}}
{{- define "image-proxy-webhook.configurationFaults" -}}
{{- $values := .Values -}}
{{- $faults := list -}}

{{- with include "image-proxy-webhook.templateFault" $values.proxy.template -}}
{{- $faults = append $faults (printf "proxy.template %s." .) -}}
{{- end -}}
{{- range $index, $rule := $values.policy.rules -}}
{{- $path := printf "policy.rules[%d]" $index -}}
{{- with include "image-proxy-webhook.patternFault" $rule.match -}}
{{- $faults = append $faults (printf "%s.match %q %s." $path $rule.match .) -}}
{{- end -}}
{{- with $rule.template -}}
{{- if eq $rule.action "leave" -}}
{{- $faults = append $faults (printf "%s.template: only a rule with action proxy has a template, this one's is leave." $path) -}}
{{- end -}}
{{- with include "image-proxy-webhook.templateFault" . -}}
{{- $faults = append $faults (printf "%s.template %s." $path .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $hosts := dict "proxy.domain" $values.proxy.domain "proxy.registryDomain" $values.proxy.registryDomain -}}
{{- range $index, $host := $values.proxy.otherDomains -}}{{- $_ := set $hosts (printf "proxy.otherDomains[%d]" $index) $host -}}{{- end -}}
{{- range $host, $url := $values.check.endpoints -}}{{- $_ := set $hosts (printf "the key %q of check.endpoints" $host) $host -}}{{- end -}}
{{- range $path, $host := $hosts -}}
{{- if not (include "image-proxy-webhook.isRegistry" $host) -}}
{{- $faults = append $faults (printf "%s must be the host of a registry, such as registry.example.com or registry.example.com:5000, not %q." $path $host) -}}
{{- end -}}
{{- end -}}
{{- range $host, $url := $values.check.endpoints -}}
{{- if not (regexMatch "^https://[A-Za-z0-9.\\[\\]:-]+(?:/[^?#@\\s]*)?$" $url) -}}
{{- $faults = append $faults (printf "check.endpoints: what is asked instead of %s must be an https URL without user name, query and fragment." $host) -}}
{{- end -}}
{{- end -}}
{{- $urls := dict -}}
{{- range $host, $url := $values.check.endpoints -}}
{{- $registry := lower $host -}}
{{- if has $registry (list "index.docker.io" "registry-1.docker.io") -}}{{- $registry = "docker.io" -}}{{- end -}}
{{- $others := get $urls $registry | default dict -}}
{{- $_ := set $urls $registry (set $others $host $url) -}}
{{- end -}}
{{- range $registry, $byName := $urls -}}
{{- if gt (values $byName | uniq | len) 1 -}}
{{- $names := list -}}{{- range keys $byName | sortAlpha -}}{{- $names = append $names (quote .) -}}{{- end -}}
{{- $faults = append $faults (printf "check.endpoints: %s are one registry; expected one URL for it." (join " and " $names)) -}}
{{- end -}}
{{- end -}}
{{- range $index, $network := $values.check.allowedNetworks -}}
{{- if not (include "image-proxy-webhook.isNetwork" $network) -}}
{{- $faults = append $faults (printf "check.allowedNetworks[%d] must be a network such as 10.0.0.0/8 or fd00::/8, not %q." $index $network) -}}
{{- end -}}
{{- end -}}

{{- $total := include "image-proxy-webhook.milliseconds" $values.check.total | float64 -}}
{{- range $key := list "deadline" "timeout" "total" -}}
{{- $written := get $values.check $key -}}
{{- $milliseconds := include "image-proxy-webhook.milliseconds" $written | float64 -}}
{{- if lt $milliseconds 1.0 -}}
{{- $faults = append $faults (printf "check.%s must be at least 1ms, not %s." $key $written) -}}
{{- else if gt $milliseconds $total -}}
{{- $faults = append $faults (printf "check.%s must be at most check.total (%s), not %s." $key $values.check.total $written) -}}
{{- end -}}
{{- end -}}
{{- range $key, $written := merge (dict) (pick $values.check "deadline" "timeout" "total") (omit $values.check.cache "maxEntries") -}}
{{- if gt (include "image-proxy-webhook.milliseconds" $written | float64) 2073600000.0 -}}
{{- $section := ternary "check" "check.cache" (has $key (list "deadline" "timeout" "total")) -}}
{{- $faults = append $faults (printf "%s.%s must be at most 24d, not %s." $section $key $written) -}}
{{- end -}}
{{- end -}}

{{- $keys := dict "NAMESPACES" "additionalNamespaces" "EXCLUDED_NAMESPACES" "excludedNamespaces" "SERVER_PORT" "containerPorts.https" "METRICS_PORT" "containerPorts.metrics" "SERVER_TLS_MODE" "tls.mode" "SERVER_TLS_MIN_VERSION" "tls.minVersion" -}}
{{- range (.Files.Get "files/values-keys.json" | fromJson).known -}}
{{- if regexMatch "^(?:appSlug$|(?:proxy|policy|check|pullSecret|repair|kubernetes|log)[.])" . -}}
{{- $_ := set $keys (replace "." "_" . | snakecase | upper) . -}}
{{- end -}}
{{- end -}}
{{- range $index, $variable := $values.extraEnv -}}
{{- with get $keys $variable.name -}}
{{- $faults = append $faults (printf "extraEnv[%d] sets %s, which would win over the values of this chart: set %s instead." $index $variable.name .) -}}
{{- end -}}
{{- end -}}

{{- if eq (int $values.containerPorts.https) (int $values.containerPorts.metrics) -}}
{{- $faults = append $faults (printf "containerPorts.https and containerPorts.metrics must differ; both are %d." (int $values.containerPorts.https)) -}}
{{- end -}}
{{- toJson $faults -}}
{{- end -}}

{{/* What is wrong with the template of a location, as a clause; empty where nothing is. */}}
{{- define "image-proxy-webhook.templateFault" -}}
{{- $known := list "{domain}" "{appSlug}" "{image}" "{registry}" "{host}" "{repository}" "{tag}" "{digest}" "{suffix}" -}}
{{- $used := regexFindAll "\\{[^{}]*\\}" . -1 -}}
{{- $unknown := list -}}
{{- range $used -}}{{- if not (has . $known) -}}{{- $unknown = append $unknown . -}}{{- end -}}{{- end -}}
{{- $first := ternary (splitList "/" . | first) "" (contains "/" .) -}}
{{- if $unknown -}}
has the unknown placeholder {{ first $unknown }}; there are {{ join ", " $known }}
{{- else if regexMatch "[{}]" (regexReplaceAll "\\{[^{}]*\\}" . "") -}}
has a brace without its counterpart; braces stand around placeholders only
{{- else if not (or (eq $first "{domain}") (include "image-proxy-webhook.isRegistry" $first)) -}}
must begin with {domain} or the host of a registry, and a slash
{{- else if not (or (has "{image}" $used) (has "{repository}" $used)) -}}
must name the image by {image} or {repository}
{{- else if not (or (has "{image}" $used) (has "{suffix}" $used) (has "{tag}" $used) (has "{digest}" $used)) -}}
must keep tag and digest by {image} or {suffix}
{{- else -}}
{{- $tagged := dict "image" "quay.io/org/app:1" "tag" "1" "digest" "" "suffix" ":1" -}}
{{- $digested := dict "image" "quay.io/org/app@sha256:0" "tag" "" "digest" "sha256:0" "suffix" "@sha256:0" -}}
{{- $fine := false -}}
{{- range $sample := list $tagged $digested -}}
{{- $location := $ -}}
{{- range $name, $value := merge (dict "domain" "proxy.example" "appSlug" "app" "registry" "quay.io" "host" "quay.io" "repository" "org/app") $sample -}}
{{- $location = replace (printf "{%s}" $name) $value $location -}}
{{- end -}}
{{- if regexMatch "^[A-Za-z0-9.\\[\\]:-]+(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+(?::1|@sha256:0)$" $location -}}{{- $fine = true -}}{{- end -}}
{{- end -}}
{{- if not $fine -}}
makes no valid reference of quay.io/org/app:1
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What is wrong with a rule's pattern, as a clause; empty where nothing is. */}}
{{- define "image-proxy-webhook.patternFault" -}}
{{- $segments := splitList "/" . -}}
{{- $registry := first $segments -}}
{{- $fine := and (or (contains "*" $registry) (include "image-proxy-webhook.isRegistry" $registry)) (regexMatch "^[a-z0-9._*:\\[\\]/-]+$" .) (or (contains "**" $registry) (gt (len $segments) 1)) -}}
{{- range rest $segments -}}{{- if not (regexMatch "^[a-z0-9._*-]+$" .) -}}{{- $fine = false -}}{{- end -}}{{- end -}}
{{- if not $fine -}}
matches nothing: expected a name without tag and digest, in lower case, registry first, such as quay.io/my-org/* or docker.io/library/redis
{{- end -}}
{{- end -}}

{{/* "true" for a registry's host, with or without a port: a name without dot, port and capital is Docker Hub's namespace. */}}
{{- define "image-proxy-webhook.isRegistry" -}}
{{- $label := "[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*" -}}
{{- $name := printf "(?:%s(?:\\.%s)*|\\[[a-fA-F0-9:]+\\])" $label $label -}}
{{- $port := regexFind ":[0-9]+$" . | trimPrefix ":" | default "443" | float64 -}}
{{- $named := and (or (eq . "localhost") (regexMatch "[.:A-Z]" .)) (le (len .) 255) -}}
{{- if and (regexMatch (printf "^%s(?::[0-9]+)?$" $name) .) $named (ge $port 1.0) (le $port 65535.0) -}}true{{- end -}}
{{- end -}}

{{/* "true" for a network of IPv4, in four decimal parts, or of genuine IPv6. */}}
{{- define "image-proxy-webhook.isNetwork" -}}
{{- $part := "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])" -}}
{{- $four := printf "^%s(?:\\.%s){3}/(?:3[0-2]|[12]?[0-9])$" $part $part -}}
{{- $forms := list "(?:X:){7}X" "(?:X:){1,7}:" "::" -}}
{{- range $left := untilStep 1 7 1 -}}{{- $forms = append $forms (printf "(?:X:){1,%d}(?::X){1,%d}" (sub 7 $left) $left) -}}{{- end -}}
{{- $forms = append $forms ":(?::X){1,7}" -}}
{{- $six := printf "^(?:%s)/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])$" (join "|" $forms | replace "X" "[0-9a-fA-F]{1,4}") -}}
{{- if or (regexMatch $four .) (regexMatch $six .) -}}true{{- end -}}
{{- end -}}

{{/* Of a duration such as 2500ms, 1h30m or 0. */}}
{{- define "image-proxy-webhook.milliseconds" -}}
{{- $units := dict "ms" 1.0 "s" 1000.0 "m" 60000.0 "h" 3600000.0 "d" 86400000.0 -}}
{{- $total := 0.0 -}}
{{- range regexFindAll "[0-9.]+(?:ms|s|m|h|d)" . -1 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- $total = addf $total (mulf (trimSuffix $unit . | float64) (get $units $unit)) -}}
{{- end -}}
{{- $total -}}
{{- end -}}
