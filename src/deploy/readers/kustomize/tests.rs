//! Overlays, as their objects come out.

use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Workload;
use crate::link::Project;
use crate::source::LineIndex;
use crate::workbench;

const BASE: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  template:\n    metadata:\n      \
                    labels: {app: web}\n    spec:\n      containers:\n        - name: web\n          image: example/web:1\n          env:\n            \
                    - {name: A, value: base}\n            - {name: B, value: base}\n          envFrom:\n            - configMapRef: {name: settings}\n";

const SCALER: &str = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {kind: Deployment, \
                      name: web}\n  minReplicas: 2\n  maxReplicas: 9\n";

fn project(texts: &[(&str, &str)]) -> Project {
    let mut texts: Vec<(String, String)> = texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    texts.push(("main.py".to_owned(), String::new()));
    workbench::project(&texts, None)
}

/// A base, and one overlay that says this; other files of the overlay follow.
fn overlay(says: &str, others: &[(&str, &str)]) -> Project {
    let says = format!("resources: [../../base]\n{says}");
    let base = [
        ("k8s/base/kustomization.yaml", "resources:\n  - web.yaml\n"),
        ("k8s/base/web.yaml", BASE),
        ("k8s/overlays/prod/kustomization.yaml", says.as_str()),
    ];
    project(&[&base[..], others].concat())
}

fn only(project: &Project) -> &Workload {
    match project.deployment().workloads.as_slice() {
        [only] => only,
        all => panic!("{} workloads: {all:#?}", all.len()),
    }
}

fn said_at(project: &Project, workload: &Workload) -> String {
    let Some(note) = workload.replicas.evidence.first() else { return "nowhere".to_owned() };
    let file = project.files().get(note.place.file);
    format!("{}:{}", file.path, LineIndex::new(&file.text).line(note.place.span.start) + 1)
}

fn env(workload: &Workload) -> Vec<(&str, Option<&str>)> {
    workload.containers[0].env.iter().map(|variable| (variable.name.as_str(), variable.value.as_deref())).collect()
}

#[test]
fn settings_of_an_overlay() {
    let says = "namePrefix: shop-\nnameSuffix: -v1\nnamespace: shop\nreplicas:\n  - name: web\n    count: 4\nimages:\n  - name: example/web\n    \
                newName: other/web\n    newTag: \"7\"\ncommonLabels: {team: a}\nconfigMapGenerator:\n  - name: settings\n    literals: [C=made]\n";
    let project = overlay(says, &[]);
    let web = only(&project);
    assert_eq!((web.name.as_str(), web.namespace.as_deref(), web.stage), ("shop-web-v1", Some("shop"), Stage::Production));
    assert_eq!(web.replicas.amount.to_string(), "4");
    assert_eq!(said_at(&project, web), "k8s/overlays/prod/kustomization.yaml:7");
    assert_eq!(web.containers[0].image.as_ref().map(|image| image.value.as_str()), Some("other/web:7"));
    assert_eq!(env(web), [("C", Some("made")), ("A", Some("base")), ("B", Some("base"))]);
    assert_eq!(web.labels.last(), Some(&("team".to_owned(), "a".to_owned())));
}

#[test]
fn patches_of_every_kind() {
    let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
    let strategic = format!(
        "{head}spec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - {{name: B, value: over}}\n"
    );
    let inline = "patches:\n  - patch: |-\n      - op: replace\n        path: /spec/replicas\n        value: 6\n      - op: add\n        path: \
                  /spec/template/spec/containers/0/env/-\n        value: {name: D, value: added}\n    target:\n      kind: Deployment\n";
    let project = overlay(inline, &[]);
    assert_eq!(
        (only(&project).replicas.amount.to_string().as_str(), said_at(&project, only(&project)).as_str()),
        ("6", "k8s/overlays/prod/kustomization.yaml:5")
    );
    assert_eq!(env(only(&project)).last(), Some(&("D", Some("added"))));
    for says in [
        "patches: [{path: more.yaml}]\n",
        "patchesStrategicMerge: [more.yaml]\n",
        "patches: [{path: more.yaml, target: {name: w.*}}]\n",
    ] {
        let project = overlay(says, &[("k8s/overlays/prod/more.yaml", &strategic)]);
        let web = only(&project);
        assert_eq!(
            (web.replicas.amount.to_string().as_str(), said_at(&project, web).as_str()),
            ("3", "k8s/overlays/prod/more.yaml:5")
        );
        assert_eq!(env(web), [("A", Some("base")), ("B", Some("over"))], "{says}");
    }
    let gone = format!("{head}$patch: delete\n");
    assert!(
        overlay("patches: [{path: more.yaml}]\n", &[("k8s/overlays/prod/more.yaml", &gone)]).deployment().workloads.is_empty()
    );
    let unread = overlay("patches: [{path: nowhere.yaml, target: {kind: Deployment}}]\n", &[]);
    assert!(!only(&unread).whole);
    assert_eq!(only(&unread).replicas.amount.to_string(), "unknown");
}

#[test]
fn overlays_of_one_base_are_one_group_and_scalers_follow_names() {
    let files = [
        ("k8s/base/kustomization.yaml", "resources: [web.yaml, hpa.yaml]\n"),
        ("k8s/base/web.yaml", BASE),
        ("k8s/base/hpa.yaml", SCALER),
        ("k8s/dev/Kustomization", "bases: [../base]\nnamePrefix: dev-\n"),
        ("k8s/prod/kustomization.yml", "resources: [../base]\ncomponents: [../more]\nnamePrefix: prod-\n"),
        (
            "k8s/more/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: [{name: example/web, newTag: \"9\"}]\n",
        ),
        ("flux/kustomization.yaml", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n"),
        ("plain.yaml", &BASE.replace("name: web", "name: other")),
    ];
    let project = project(&files);
    let groups: Vec<_> = project.deployment().groups().collect();
    let shown: Vec<Vec<_>> = groups
        .iter()
        .map(|group| group.iter().map(|(_, web)| (web.name.as_str(), web.stage, web.replicas.amount.to_string())).collect())
        .collect();
    let nine = || "2 to 9".to_owned();
    let expected = vec![
        vec![("dev-web", Stage::Development, nine()), ("prod-web", Stage::Production, nine())],
        vec![("other", Stage::Unclear, "1".to_owned())],
    ];
    assert_eq!(shown, expected);
    let prod = project.deployment().workloads.iter().find(|web| web.name == "prod-web");
    assert_eq!(prod.and_then(|web| web.containers[0].image.as_ref()).map(|image| image.value.as_str()), Some("example/web:9"));
}

#[test]
fn circles_end() {
    let files = [
        ("a/kustomization.yaml", "resources: [../b, ../c]\n"),
        ("b/kustomization.yaml", "resources: [../a, ../a]\n"),
        ("c/kustomization.yaml", "resources: [../a, web.yaml]\n"),
        ("c/web.yaml", BASE),
        ("d/kustomization.yaml", "resources: [../a, ., ..]\n"),
    ];
    let _ = project(&files).deployment();
}
