{{/* The chart's name. */}}
{{- define "socketio-orleans.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 46 | trimSuffix "-" -}}
{{- end -}}

{{/*
The release's full name, 46 characters at most, so that what is put behind it stays a name: a StatefulSet's has to leave room for its revision.
One that is too long ends with its hash: two of them must not be cut to the same.
*/}}
{{- define "socketio-orleans.fullname" -}}
{{- $name := include "socketio-orleans.name" . -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) -}}
{{- if gt (len $full) 46 -}}
{{- printf "%s-%s" ($full | trunc 37 | trimSuffix "-") ($full | sha256sum | trunc 8) -}}
{{- else -}}
{{- $full -}}
{{- end -}}
{{- end -}}

{{/* By what pods are selected. Takes root and component. */}}
{{- define "socketio-orleans.selectorLabels" -}}
app.kubernetes.io/name: {{ include "socketio-orleans.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of everything. Takes root and component. */}}
{{- define "socketio-orleans.labels" -}}
{{ include "socketio-orleans.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/part-of: socketio-orleans
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "socketio-orleans.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "socketio-orleans.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "socketio-orleans.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "socketio-orleans.clusterId" -}}
{{- .Values.silo.clusterId | default (include "socketio-orleans.fullname" .) -}}
{{- end -}}

{{- define "socketio-orleans.serviceId" -}}
{{- .Values.silo.serviceId | default (include "socketio-orleans.fullname" .) -}}
{{- end -}}

{{/* The path of clients' requests. Takes root and path. */}}
{{- define "socketio-orleans.path" -}}
{{- .path | default .root.Values.server.Path | default "/socket.io" -}}
{{- end -}}

{{/* Where the gateways' Secret is that the chart makes. */}}
{{- define "socketio-orleans.secretName" -}}
{{- printf "%s-gateway" (include "socketio-orleans.fullname" .) -}}
{{- end -}}

{{/* What goes into it: secrets that stand in values. */}}
{{- define "socketio-orleans.secrets" -}}
{{- $secrets := dict -}}
{{- with .Values.authentication -}}
{{- if and .enabled (not .existingSecret) .signingKey -}}
{{- $_ := set $secrets "signing-key" .signingKey -}}
{{- end -}}
{{- end -}}
{{- with .Values.publish -}}
{{- if and .enabled (not .existingSecret) -}}
{{- range $i, $key := .keys -}}
{{- $_ := set $secrets (printf "publish-key-%d" $i) $key -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.admin -}}
{{- if and .enabled (not .existingSecret) -}}
{{- $_ := set $secrets "admin-password-hash" .passwordHash -}}
{{- end -}}
{{- end -}}
{{- toJson $secrets -}}
{{- end -}}

{{- define "socketio-orleans.redisName" -}}
{{- printf "%s-redis" (include "socketio-orleans.fullname" .) -}}
{{- end -}}

{{/* The Secret with Redis's password; empty: it has none. */}}
{{- define "socketio-orleans.redisSecretName" -}}
{{- if .Values.redis.enabled -}}
{{- .Values.redis.auth.existingSecret | default (include "socketio-orleans.redisName" .) -}}
{{- else -}}
{{- .Values.externalRedis.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "socketio-orleans.redisSecretKey" -}}
{{- ternary .Values.redis.auth.passwordKey .Values.externalRedis.passwordKey .Values.redis.enabled -}}
{{- end -}}

{{/* Redis's address and options but for the password; empty: there is no Redis. */}}
{{- define "socketio-orleans.redisAddress" -}}
{{- if .Values.redis.enabled -}}
{{- printf "%s:6379" (include "socketio-orleans.redisName" .) -}}
{{- else if .Values.externalRedis.address -}}
{{- printf "%s%s" .Values.externalRedis.address (ternary (printf ",%s" .Values.externalRedis.options) "" (ne .Values.externalRedis.options "")) -}}
{{- end -}}
{{- end -}}

{{/* What one value alone can't show to be wrong. */}}
{{- define "socketio-orleans.check" -}}
{{- if and .Values.redis.enabled .Values.externalRedis.address -}}
{{- fail "externalRedis.address is set, and redis.enabled too; set redis.enabled to false to use Redis of your own" -}}
{{- end -}}
{{- if not (or .Values.redis.enabled .Values.externalRedis.address (dig "Silo" "Clustering" "" .Values.settings)) -}}
{{- fail "redis.enabled is false and externalRedis.address is empty; gateways need Redis, or another provider in settings.Silo.Clustering" -}}
{{- end -}}
{{- if regexMatch "(?i)(^|,)password=" .Values.externalRedis.options -}}
{{- fail "externalRedis.options has a password; put it into a Secret and name that in externalRedis.existingSecret" -}}
{{- end -}}
{{- with .Values.authentication -}}
{{- if .enabled -}}
{{- if not .audience -}}
{{- fail "authentication.audience is empty; set for whom the tokens must be" -}}
{{- end -}}
{{- $key := or .signingKey .existingSecret -}}
{{- if and .authority $key -}}
{{- fail "authentication.authority is set, and a signing key too; set one of them" -}}
{{- end -}}
{{- if not (or .authority $key) -}}
{{- fail "authentication is enabled without authentication.authority, authentication.signingKey and authentication.existingSecret; set one of them" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.publish.enabled (not (or .Values.publish.keys .Values.publish.existingSecret)) -}}
{{- fail "publish is enabled without publish.keys and publish.existingSecret; back-ends need a key" -}}
{{- end -}}
{{- if and .Values.admin.enabled (not (or .Values.admin.passwordHash .Values.admin.existingSecret)) -}}
{{- fail "admin is enabled without admin.passwordHash and admin.existingSecret; nobody may log in without a password" -}}
{{- end -}}
{{- if and .Values.cors.credentials (has "*" .Values.cors.origins) -}}
{{- fail "cors.credentials is true with cors.origins *; name the origins that may send cookies" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute is enabled without httpRoute.parentRefs; name the Gateway" -}}
{{- end -}}
{{- if and (gt (int (default 1 (get .Values.cluster "Partitions"))) 1) (not (regexMatch "^0+(:0+)*$" .Values.recoveryWindow)) -}}
{{- fail (printf "cluster.Partitions is %d and recoveryWindow is %s; with more than one partition it is 00:00:00, as who comes back needs one order of all rooms" (int .Values.cluster.Partitions) .Values.recoveryWindow) -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (not (or .connections .cpu)) -}}
{{- fail "autoscaling is enabled with neither autoscaling.connections nor autoscaling.cpu; set one or both" -}}
{{- end -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "autoscaling.minReplicas is %d, above autoscaling.maxReplicas, which is %d" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.service.externalTrafficPolicy (eq .Values.service.type "ClusterIP") -}}
{{- fail "service.externalTrafficPolicy is set, and service.type is ClusterIP; it is for NodePort and LoadBalancer" -}}
{{- end -}}
{{- if and .Values.silo.kubernetes.enabled (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "silo.kubernetes.enabled needs a service account of its own: set serviceAccount.create, or serviceAccount.name" -}}
{{- end -}}
{{- end -}}

{{/*
The settings, as appsettings.json has them. Numbers go through toJson, which writes large ones as they are. No secret is among them: those are variables of the
environment.
*/}}
{{- define "socketio-orleans.appsettings" -}}
{{- include "socketio-orleans.check" . -}}
{{- $values := .Values -}}
{{- $silo := dict "ClusterId" (include "socketio-orleans.clusterId" .) "ServiceId" (include "socketio-orleans.serviceId" .) "SiloPort" 11111 "ClientPort" 30000 -}}
{{- if include "socketio-orleans.redisAddress" . -}}
{{- $_ := set $silo "Clustering" "Redis" -}}
{{- end -}}
{{- if $values.silo.kubernetes.enabled -}}
{{- $_ := set $silo "Kubernetes" true -}}
{{- end -}}
{{- if $values.silo.tls.secretName -}}
{{- $_ := set $silo "Tls" (dict "Path" "/etc/socketio-silo-tls/tls.crt" "KeyPath" "/etc/socketio-silo-tls/tls.key" "AuthorityPath" "/etc/socketio-silo-tls/ca.crt") -}}
{{- end -}}
{{- $operations := dict "Listen" "http://*:9464" -}}
{{- if $values.otlp.endpoint -}}
{{- $_ := set $operations "Otlp" (dict "Endpoint" $values.otlp.endpoint "Protocol" $values.otlp.protocol) -}}
{{- end -}}
{{- $settings := dict
      "Listen" (list (printf "%s://*:3000" (ternary "https" "http" (ne $values.tls.secretName ""))))
      "RecoveryWindow" $values.recoveryWindow
      "Silo" $silo
      "Operations" $operations
      "Server" (mergeOverwrite (dict "DrainRate" $values.drain.connectionsPerSecond) (deepCopy $values.server)) -}}
{{- if $values.tls.secretName -}}
{{- $_ := set $settings "Certificate" (dict "Path" "/etc/socketio-tls/tls.crt" "KeyPath" "/etc/socketio-tls/tls.key") -}}
{{- end -}}
{{- if $values.namespaces -}}
{{- $_ := set $settings "Namespaces" $values.namespaces -}}
{{- end -}}
{{- if $values.proxies -}}
{{- $_ := set $settings "Proxies" $values.proxies -}}
{{- end -}}
{{- if $values.maxConnectionAge -}}
{{- $_ := set $settings "MaxConnectionAge" $values.maxConnectionAge -}}
{{- end -}}
{{- $cluster := deepCopy $values.cluster -}}
{{- if $values.handlers -}}
{{- $cluster = mergeOverwrite $cluster (dict "Handlers" (deepCopy $values.handlers)) -}}
{{- end -}}
{{- if $cluster -}}
{{- $_ := set $settings "Cluster" $cluster -}}
{{- end -}}
{{- if $values.cors.origins -}}
{{- $_ := set $settings "Cors" (dict "Origins" $values.cors.origins "Credentials" $values.cors.credentials) -}}
{{- end -}}
{{- with $values.authentication -}}
{{- if .enabled -}}
{{- $authentication := dict "Audience" .audience "Required" .required -}}
{{- range $name, $value := dict "Authority" .authority "Issuer" .issuer "MemberClaim" .memberClaim -}}
{{- if $value -}}
{{- $_ := set $authentication $name $value -}}
{{- end -}}
{{- end -}}
{{- $_ := set $settings "Authentication" $authentication -}}
{{- end -}}
{{- end -}}
{{- if $values.publish.enabled -}}
{{- $_ := set $settings "Publish" (dict "Listen" "http://*:3080") -}}
{{- end -}}
{{- with $values.admin -}}
{{- if .enabled -}}
{{- $_ := set $settings "Admin" (dict "Namespace" .namespace "Username" .username "ReadOnly" .readOnly "Mode" .mode) -}}
{{- end -}}
{{- end -}}
{{- $settings = mergeOverwrite $settings (deepCopy $values.settings) -}}
{{- dict
      "Logging" (dict "LogLevel" $values.logging)
      "ShutdownTimeoutSeconds" $values.drain.timeoutSeconds
      "SocketIO" $settings
    | toPrettyJson -}}
{{- end -}}
