{{/*
Whether the proxy can be reached, which any answer of it shows, and whether the license is granted the images that the
values name. From where the tool runs, which has the nodes' way out or nearly so.
*/}}
{{- define "image-proxy-webhook.reachCollectors" -}}
- http:
    collectorName: proxy
    get:
      url: https://{{ .Values.proxy.domain }}/v2/
      timeout: 15s
{{- with .Values.troubleshoot.images }}
- registryImages:
    collectorName: licensed-images
    namespace: {{ $.Release.Namespace | quote }}
    imagePullSecret:
      name: {{ include "image-proxy-webhook.pullSecretName" $ | quote }}
    images:
      {{- toYaml . | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "image-proxy-webhook.reachAnalyzers" -}}
- textAnalyze:
    checkName: Reach of {{ .Values.proxy.domain }}
    fileName: proxy.json
    regex: '"status": ?[0-9]+'
    outcomes:
      - fail:
          when: "false"
          message: {{ .Values.proxy.domain }} cannot be reached over https. Open it in the firewall, for the nodes and for the webhook's Pods.
      - pass:
          when: "true"
          message: {{ .Values.proxy.domain }} answers.
{{- if .Values.troubleshoot.images }}
- registryImages:
    checkName: Images behind the proxy
    collectorName: licensed-images
    outcomes:
      - fail:
          when: "missing > 0"
          message: The license is not granted every image that is needed, or one of them does not exist.
      - warn:
          when: "errors > 0"
          message: Some images could not be asked for.
      - pass:
          message: The license is granted every image that is needed.
{{- end }}
{{- end -}}
