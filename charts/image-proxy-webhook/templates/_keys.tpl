{{/*
The keys that no value of this chart has, each as a sentence with the key that may have been meant, as a JSON list. The
schema cannot do that: what it refuses it does not explain. Of a list: the values, the path so far, and all known paths.
*/}}
{{- define "image-proxy-webhook.unknownKeys" -}}
{{- $prefix := index . 1 -}}
{{- $known := index . 2 -}}
{{- $faults := list -}}
{{- range $key, $value := index . 0 -}}
{{- $path := printf "%s%s" $prefix $key -}}
{{- if not (has $path $known) -}}
{{- $faults = append $faults (include "image-proxy-webhook.unknownKey" (list $prefix $key $known)) -}}
{{- else if kindIs "map" $value -}}
{{- /* A key without keys of its own takes what Kubernetes takes, which the schema tells. */ -}}
{{- if include "image-proxy-webhook.keysIn" (list (printf "%s." $path) $known) | fromJsonArray -}}
{{- $faults = concat $faults (include "image-proxy-webhook.unknownKeys" (list $value (printf "%s." $path) $known) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end -}}

{{/*
The keys that must have a value and have none, each as a sentence, as a JSON list: null takes a default away. Of a list:
the values, and the paths of such keys, sections first.
*/}}
{{- define "image-proxy-webhook.missingKeys" -}}
{{- $values := index . 0 -}}
{{- $faults := list -}}
{{- range $path := index . 1 -}}
{{- $segments := splitList "." $path -}}
{{- $section := $values -}}
{{- range initial $segments -}}{{- if kindIs "map" $section -}}{{- $section = index $section . -}}{{- end -}}{{- end -}}
{{- if kindIs "map" $section -}}
{{- if kindIs "invalid" (index $section (last $segments)) -}}
{{- $faults = append $faults (printf "%s has no value: give it one, or leave the key out and have its default." $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end -}}

{{/* The keys of a section, without its path: of a list of the path, which ends with a dot, and all known paths. */}}
{{- define "image-proxy-webhook.keysIn" -}}
{{- $prefix := index . 0 -}}
{{- $keys := list -}}
{{- range index . 1 -}}
{{- if and (hasPrefix $prefix .) (not (contains "." (trimPrefix $prefix .))) -}}
{{- $keys = append $keys (trimPrefix $prefix .) -}}
{{- end -}}
{{- end -}}
{{- toJson $keys -}}
{{- end -}}

{{- define "image-proxy-webhook.unknownKey" -}}
{{- $prefix := index . 0 -}}
{{- $key := index . 1 -}}
{{- $known := index . 2 -}}
{{- $siblings := include "image-proxy-webhook.keysIn" (list $prefix $known) | fromJsonArray -}}
{{- $meant := include "image-proxy-webhook.nearestKey" (list $key $siblings) -}}
{{- $elsewhere := list -}}
{{- range $known -}}
{{- if eq (lower (splitList "." . | last)) (lower $key) -}}{{- $elsewhere = append $elsewhere . -}}{{- end -}}
{{- end -}}
{{- $prefix }}{{ $key }} is no key of this chart
{{- if $meant -}}
; did you mean {{ $prefix }}{{ $meant }}?
{{- else -}}
{{- /* A name that many sections have, such as "enabled", tells nothing. */ -}}
{{- $likely := and $elsewhere (le (len $elsewhere) 3) -}}
{{- if $likely -}}; did you mean {{ join " or " $elsewhere }}?{{- end -}}
{{- if $prefix -}}
{{ ternary " In" "; in" (not (empty $likely)) }} {{ trimSuffix "." $prefix }} there are {{ join ", " $siblings }}.
{{- else if not $likely -}}
; the chart's README lists them all.
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The one of several keys that a key resembles: little has to change, or they begin alike. Empty where none does. */}}
{{- define "image-proxy-webhook.nearestKey" -}}
{{- $key := index . 0 | lower -}}
{{- $nearest := "" -}}
{{- $least := 100 -}}
{{- range index . 1 -}}
{{- $distance := include "image-proxy-webhook.editDistance" (list $key (lower .)) | int -}}
{{- $alike := and (ge (len $key) 5) (hasPrefix (trunc 5 $key) (lower .)) -}}
{{- if and (lt $distance $least) (or (le $distance (max 1 (div (len $key) 3) | int)) $alike) -}}
{{- $nearest = . -}}
{{- $least = $distance -}}
{{- end -}}
{{- end -}}
{{- $nearest -}}
{{- end -}}

{{/* Levenshtein's: the least number of characters to insert, delete or replace. */}}
{{- define "image-proxy-webhook.editDistance" -}}
{{- $one := index . 0 -}}
{{- $other := index . 1 -}}
{{- $row := untilStep 0 (len $other | add1 | int) 1 -}}
{{- range $i := until (len $one) -}}
{{- $next := list (add1 $i | int) -}}
{{- range $j := until (len $other) -}}
{{- $replaced := ternary 0 1 (eq (substr $i (add1 $i | int) $one) (substr $j (add1 $j | int) $other)) -}}
{{- $least := min (add1 (index $next $j)) (add1 (index $row (add1 $j | int))) (add $replaced (index $row $j)) -}}
{{- $next = append $next ($least | int) -}}
{{- end -}}
{{- $row = $next -}}
{{- end -}}
{{- index $row (len $other) -}}
{{- end -}}
