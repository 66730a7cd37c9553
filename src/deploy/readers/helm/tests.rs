//! Charts, as their scenarios come out.

use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Workload;
use crate::link::Project;
use crate::source::LineIndex;
use crate::workbench;

fn project(texts: &[(&str, &str)]) -> Project {
    let mut texts: Vec<(String, String)> = texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    texts.push(("main.py".to_owned(), String::new()));
    workbench::project(&texts, None)
}

/// A chart named `shop` with these files.
fn chart(texts: &[(&str, &str)]) -> Project {
    let about = [("shop/Chart.yaml", "name: shop\nversion: 1.0.0\nappVersion: \"2.1\"\n")];
    project(&[&about, texts].concat())
}

fn only(project: &Project) -> &Workload {
    match project.deployment().workloads.as_slice() {
        [only] => only,
        all => panic!("{} workloads: {all:#?}", all.len()),
    }
}

/// Who says how many copies there are.
fn said_at(project: &Project, workload: &Workload) -> String {
    let Some(note) = workload.replicas.evidence.first() else { return "nowhere".to_owned() };
    let file = project.files().get(note.place.file);
    format!("{}:{}", file.path, LineIndex::new(&file.text).line(note.place.span.start) + 1)
}

const HELPERS: &str = r#"{{/* Names. */}}
{{- define "shop.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}
{{- define "shop.labels" -}}
app: {{ include "shop.fullname" . }}
release: {{ .Release.Name | quote }}
{{- end }}
"#;

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}-web
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "shop.labels" . | nindent 8 }}
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          args: ["gunicorn", "-w", {{ .Values.workers | quote }}, "shop:app"]
          env:
            {{- range $name, $value := .Values.env }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
          {{- with .Values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
"#;

const VALUES: &str = "replicaCount: 1\nworkers: 4\nimage:\n  repository: example/shop\n  tag: \"\"\nautoscaling:\n  enabled: false\n\
                      env:\n  MODE: plain\n  LEVEL: info\nresources:\n  limits:\n    cpu: 500m\n";

#[test]
fn values_fill_in_a_template_and_keep_their_places() {
    let files = [("shop/values.yaml", VALUES), ("shop/templates/_helpers.tpl", HELPERS), ("shop/templates/web.yaml", DEPLOYMENT)];
    let project = chart(&files);
    let web = only(&project);
    assert_eq!((web.name.as_str(), web.stage, web.whole), ("shop-web", Stage::Unclear, true));
    assert_eq!((web.replicas.amount.to_string().as_str(), said_at(&project, web).as_str()), ("1", "shop/values.yaml:1"));
    let container = &web.containers[0];
    assert_eq!(container.image.as_ref().map(|image| image.value.as_str()), Some("example/shop:2.1"));
    let env: Vec<_> = container.env.iter().map(|variable| (variable.name.as_str(), variable.value.as_deref())).collect();
    assert_eq!(env, [("LEVEL", Some("info")), ("MODE", Some("plain"))]);
    assert_eq!(container.resources.cpu_limit.as_ref().map(|limit| limit.value), Some(500));
    assert_eq!(web.labels, [("app".to_owned(), "shop".to_owned()), ("release".to_owned(), "shop".to_owned())]);
}

#[test]
fn scenarios_are_one_group_and_the_defaults_do_not_speak_for_production() {
    let files = [
        ("shop/values.yaml", VALUES),
        ("shop/values-prod.yaml", "image: {tag: \"3\"}\nreplicaCount: 5\n"),
        ("shop/env/staging.yaml", "replicaCount: 2\nworkers: 2\n"),
        ("deploy/dev.yaml", "replicaCount: 1\nworkers: 1\n"),
        ("deploy/redis-values.yaml", "architecture: standalone\nreplicaCount: 1\n"),
        ("shop/templates/_helpers.tpl", HELPERS),
        ("shop/templates/web.yaml", DEPLOYMENT),
    ];
    let project = chart(&files);
    let groups: Vec<_> = project.deployment().groups().collect();
    assert_eq!(groups.len(), 1);
    let said: Vec<_> =
        groups[0].iter().map(|(_, web)| (web.stage, web.replicas.amount.to_string(), said_at(&project, web))).collect();
    let expected = [
        (Stage::Production, "5", "shop/values-prod.yaml:2"),
        (Stage::Unclear, "2", "shop/env/staging.yaml:1"),
        (Stage::Development, "1", "deploy/dev.yaml:1"),
    ];
    assert_eq!(said, expected.map(|(stage, count, place)| (stage, count.to_owned(), place.to_owned())));
}

#[test]
fn an_autoscaler_counts() {
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: x\nspec:\n  scaleTargetRef:\n    kind: \
                  Deployment\n    name: {{ include \"shop.fullname\" . }}-web\n  maxReplicas: {{ .Values.autoscaling.most }}\n";
    let scaler = format!("{{{{- if .Values.autoscaling.enabled }}}}\n{scaler}{{{{- end }}}}\n");
    let values = VALUES.replace("enabled: false", "enabled: true\n  most: 7");
    let files = [
        ("shop/values.yaml", values.as_str()),
        ("shop/templates/_helpers.tpl", HELPERS),
        ("shop/templates/hpa.yaml", scaler.as_str()),
        ("shop/templates/web.yaml", DEPLOYMENT),
    ];
    let project = chart(&files);
    assert_eq!(only(&project).replicas.amount.to_string(), "1 to 7");
    assert_eq!(said_at(&project, only(&project)), "shop/values.yaml:8");
}

/// One template, with the words of its container that matter.
fn one(template: &str, values: &str) -> Project {
    let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {x: \"{{ .Release.Name }}\"}}\n";
    chart(&[("shop/values.yaml", values), ("shop/templates/web.yaml", &format!("{head}{template}"))])
}

const POD: &str = "  template: {spec: {containers: [{name: web, image: x}]}}\n";

#[test]
fn what_only_a_cluster_could_tell_is_unknown() {
    let branches = "{{ if .Capabilities.APIVersions.Has \"x/v1\" }}\n  replicas: 2\n{{ else }}\n  replicas: 3\n{{ end }}\n";
    let missing = "  replicas: {{ (lookup \"v1\" \"X\" \"\" \"y\").count }}\n";
    let chance = "  replicas: {{ randInt 1 5 }}\n";
    for spec in [branches, missing, chance] {
        let project = one(&format!("spec:\n{spec}{POD}"), "a: 1\n");
        assert_eq!(only(&project).replicas.amount.to_string(), "unknown", "{spec}");
        assert!(only(&project).whole);
    }
    let doubtful = "spec:\n  template:\n    spec:\n      containers:\n        - {name: web, image: x}\n        \
                    {{- include \"other.sidecars\" . | nindent 8 }}\n";
    let project = one(doubtful, "a: 1\n");
    assert!(!only(&project).whole);
    let keys = format!("spec:\n  {{{{- include \"other.spec\" . | nindent 2 }}}}\n{POD}");
    let project = one(&keys, "a: 1\n");
    assert!(!only(&project).whole);
    assert_eq!(only(&project).replicas.amount.to_string(), "unknown");
}

#[test]
fn the_library_that_most_charts_name_is_known() {
    let web = "apiVersion: {{ include \"common.capabilities.deployment.apiVersion\" . }}\nkind: Deployment\nmetadata:\n  name: {{ template \
               \"common.names.fullname\" . }}\n  labels: {{- include \"common.labels.standard\" (dict \"customLabels\" .Values.more \"context\" $) | \
               nindent 4 }}\nspec:\n  template:\n    metadata:\n      labels: {{- include \"common.labels.matchLabels\" (dict \"context\" $) | nindent \
               8 }}\n    spec:\n      containers:\n        - name: web\n          image: {{ include \"common.images.image\" (dict \"imageRoot\" \
               .Values.image \"global\" .Values.global) }}\n          {{- if .Values.args }}\n          args: {{- include \"common.tplvalues.render\" \
               (dict \"value\" .Values.args \"context\" $) | nindent 12 }}\n          {{- end }}\n";
    let values = "image: {registry: docker.io, repository: example/web, tag: 3}\nargs: [\"--name\", \"{{ .Release.Name }}\"]\n";
    let project = chart(&[("shop/values.yaml", values), ("shop/templates/web.yaml", web)]);
    let web = only(&project);
    assert_eq!((web.name.as_str(), web.labels.len(), web.whole), ("shop", 2, true));
    assert_eq!(web.containers[0].image.as_ref().map(|image| image.value.as_str()), Some("docker.io/example/web:3"));
    assert!(web.containers[0].command.is_some());
}

#[test]
fn a_scaler_of_nobody_known_may_scale_any() {
    let deployment = DEPLOYMENT.replace("shop.", "gone.").replace("  replicas: {{ .Values.replicaCount }}\n", "");
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {{ include \"gone.fullname\" . }}\nspec:\n  \
                  scaleTargetRef:\n    kind: Deployment\n    name: {{ include \"gone.fullname\" . }}\n  maxReplicas: 9\n";
    let base = [("shop/values.yaml", VALUES), ("shop/templates/web.yaml", deployment.as_str())];
    let project = chart(&base);
    assert_eq!((only(&project).name.as_str(), only(&project).replicas.amount.to_string().as_str()), ("web", "1"));
    let project = chart(&[&base[..], &[("shop/templates/hpa.yaml", scaler)]].concat());
    assert_eq!(only(&project).replicas.amount.to_string(), "unknown");
    let doubtful = format!("{{{{ if .Capabilities.KubeVersion.Major }}}}\n{}{{{{ end }}}}\n", scaler.replace("gone.", "shop."));
    let helpers = [("shop/templates/_helpers.tpl", HELPERS), ("shop/templates/hpa.yaml", doubtful.as_str())];
    let project = chart(&[&base[..], &helpers].concat());
    assert_eq!(only(&project).replicas.amount.to_string(), "unknown");
}

#[test]
fn objects_that_may_not_be_there_are_not_there() {
    let project = chart(&[(
        "shop/templates/web.yaml",
        "{{ if .Capabilities.KubeVersion.Major }}\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: 3}\n{{ end }}\n",
    )]);
    assert!(project.deployment().workloads.is_empty());
}

#[test]
fn the_language() {
    let values = "a: {b: 3, list: [x, y], none: null, text: \"false\", off: false}\n";
    let cases = [
        ("{{ .Values.a.b }}", "3"),
        ("{{ .Values.a.missing | default 4 }}", "4"),
        ("{{ if .Values.a.text }}1{{ else }}2{{ end }}", "1"),
        ("{{ if .Values.a.off }}1{{ else if eq .Values.a.b 3 }}2{{ end }}", "2"),
        ("{{ ternary 5 6 (and .Values.a.text (not .Values.a.off)) }}", "5"),
        ("{{ with .Values.a }}{{ .b }}{{ end }}", "3"),
        ("{{ $n := 0 }}{{ range .Values.a.list }}{{ $n = add $n 1 }}{{ end }}{{ $n }}", "2"),
        ("{{ len .Values.a.list }}", "2"),
        ("{{ coalesce .Values.a.none .Values.a.b }}", "3"),
        ("{{ tpl \"{{ .Values.a.b }}\" . }}", "3"),
        ("{{ tpl .Values.a.text . | len }}", "5"),
        ("{{ int \"7\" }}", "7"),
        ("{{ index .Values \"a\" \"b\" }}", "3"),
        ("{{ (dict \"k\" (list 8 9)).k | last }}", "9"),
        ("{{ required \"say it\" .Values.a.none }}", "unknown"),
        ("{{ if gt (int .Values.a.b) 2 }}{{ .Values.a.b }}{{ end }}", "3"),
        ("{{/* three */ -}} {{ printf \"%d\" .Values.a.b }}", "3"),
        ("{{ if and .Values.a.off (semverCompare \">1\" .Capabilities.KubeVersion.Version) }}1{{ else }}2{{ end }}", "2"),
        ("{{ if or .Values.a.b (lookup \"a\") }}1{{ else }}2{{ end }}", "1"),
        ("{{ toYaml .Values.a.b }}", "3"),
        ("{{ .Values.a.b | toString | quote }}", "3"),
    ];
    for (text, expected) in cases {
        let project = one(&format!("spec:\n  replicas: {text}\n{POD}"), values);
        assert_eq!(only(&project).replicas.amount.to_string(), expected, "{text}");
    }
}

#[test]
fn parts_of_a_chart_get_the_values_under_their_names() {
    let part = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \"{{ .Release.Name }}-{{ .Chart.Name }}\"}\nspec:\n  replicas: {{ .Values.count }}\n";
    let part = format!("{part}{POD}");
    let base = [
        ("shop/charts/worker/Chart.yaml", "name: worker\n"),
        ("shop/charts/worker/values.yaml", "count: 1\n"),
        ("shop/charts/worker/templates/d.yaml", part.as_str()),
    ];
    let project = chart(&[&base[..], &[("shop/values.yaml", "worker:\n  count: 4\n")]].concat());
    assert_eq!((only(&project).name.as_str(), said_at(&project, only(&project)).as_str()), ("shop-worker", "shop/values.yaml:2"));
    assert_eq!(only(&project).replicas.amount.to_string(), "4");
}

#[test]
fn hostile_charts_end() {
    let templates = [
        "{{ define \"a\" }}{{ include \"a\" . }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}".to_owned(),
        "{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}x{{ end }}{{ end }}{{ end }}".to_owned(),
        format!("{}{}", "{{ if .Values.a }}".repeat(5000), "{{ end }}".repeat(5000)),
        format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000)),
        "{{ $x := \"xxxxxxxxxxxxxxxx\" }}{{ range until 1000 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}{{ $x }}".to_owned(),
        "{{ $d := dict }}{{ range until 1000 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}{{ toYaml $d }}{{ toYaml (deepCopy $d) }}".to_owned(),
        "{{ $d := dict }}{{ $_ := set $d \"self\" $d }}{{ toYaml $d }}{{ $m := merge $d $d }}{{ toYaml $m }}".to_owned(),
        "{{ range 100000000000 }}x{{ end }}{{ repeat 1000000 (repeat 1000000 \"x\") }}".to_owned(),
        "{{ .Values.t }}{{ tpl .Values.t . }}".to_owned(),
        format!("{{{{ $l := until 1000 }}}}{}{}", "{{ range $l }}".repeat(9), "{{ end }}".repeat(9)),
        "{{ if }}{{ end }}{{ end }}{{ else }}{{ | }} {{ \"".to_owned(),
    ];
    for template in templates {
        let text = format!("kind: Deployment\n# .Values\n{template}\n");
        let values = "a: 1\nt: '{{ tpl .Values.t . }}{{ tpl .Values.t . }}'\n";
        let started = std::time::Instant::now();
        let project = chart(&[("shop/values.yaml", values), ("shop/templates/x.yaml", &text)]);
        assert!(project.deployment().workloads.is_empty());
        assert!(started.elapsed().as_secs() < 20, "{template:.80}");
    }
}
