{{/* Definitions of the library that most charts take their names from, and that their repositories rarely hold: as far as they say
something of workloads. A chart's own definitions count before these. */}}
{{- define "common.names.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "common.names.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "common.names.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- define "common.names.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}
{{- define "common.labels.matchLabels" -}}
{{- $context := default . .context -}}
app.kubernetes.io/name: {{ include "common.names.name" $context }}
app.kubernetes.io/instance: {{ $context.Release.Name }}
{{- end -}}
{{- define "common.labels.standard" -}}
{{- include "common.labels.matchLabels" . }}
app.kubernetes.io/managed-by: Helm
{{- end -}}
{{- define "common.images.image" -}}
{{- $registry := default .imageRoot.registry ((.global).imageRegistry) -}}
{{- $end := .imageRoot.tag | toString -}}
{{- if and (not .imageRoot.tag) .chart -}}
{{- $end = .chart.AppVersion | toString -}}
{{- end -}}
{{- $sign := ":" -}}
{{- if .imageRoot.digest -}}
{{- $sign = "@" -}}
{{- $end = .imageRoot.digest | toString -}}
{{- end -}}
{{- if $registry -}}
{{- printf "%s/%s%s%s" $registry .imageRoot.repository $sign $end -}}
{{- else -}}
{{- printf "%s%s%s" .imageRoot.repository $sign $end -}}
{{- end -}}
{{- end -}}
{{- define "common.images.pullSecrets" -}}{{- end -}}
{{- define "common.images.renderPullSecrets" -}}{{- end -}}
{{- define "common.storage.class" -}}{{- end -}}
{{- define "common.tplvalues.render" -}}
{{- if kindIs "string" .value -}}
{{- tpl .value .context -}}
{{- else -}}
{{- tpl (toYaml .value) .context -}}
{{- end -}}
{{- end -}}
{{- define "common.tplvalues.merge" -}}
{{- $merged := dict -}}
{{- range .values -}}
{{- $merged = merge $merged . -}}
{{- end -}}
{{- toYaml $merged -}}
{{- end -}}
{{- define "common.compatibility.renderSecurityContext" -}}
{{- toYaml (omit .secContext "enabled") -}}
{{- end -}}
{{- define "common.capabilities.deployment.apiVersion" -}}apps/v1{{- end -}}
{{- define "common.capabilities.statefulset.apiVersion" -}}apps/v1{{- end -}}
{{- define "common.capabilities.daemonset.apiVersion" -}}apps/v1{{- end -}}
{{- define "common.capabilities.job.apiVersion" -}}batch/v1{{- end -}}
{{- define "common.capabilities.cronjob.apiVersion" -}}batch/v1{{- end -}}
{{- define "common.capabilities.hpa.apiVersion" -}}autoscaling/v2{{- end -}}
{{- define "common.capabilities.policy.apiVersion" -}}policy/v1{{- end -}}
{{- define "common.capabilities.ingress.apiVersion" -}}networking.k8s.io/v1{{- end -}}
{{- define "common.capabilities.networkPolicy.apiVersion" -}}networking.k8s.io/v1{{- end -}}
