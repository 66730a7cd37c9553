//! What a deployment file is for: production, or somebody's desk. Decided by the words that people name files, folders and workloads
//! with, since nothing else in such files says so.

use crate::walk::folder_of;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Its name says that it is for development, tests or show.
    Development,
    /// Nothing says.
    Unclear,
    /// Its name says that it is for production.
    Production,
}

/// Words of development, tests and examples, and of what nobody looks after any more.
const DEVELOPMENT: [&str; 51] = [
    "dev",
    "devel",
    "develop",
    "development",
    "local",
    "localhost",
    "test",
    "tests",
    "testing",
    "e2e",
    "ci",
    "cicd",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "debug",
    "override",
    "minikube",
    "kind",
    "sandbox",
    "playground",
    "devcontainer",
    "tutorial",
    "tutorials",
    "benchmark",
    "benchmarks",
    "integration",
    "fixtures",
    "testdata",
    "quickstart",
    "mock",
    "mocks",
    "stub",
    "fake",
    "hack",
    "loadtest",
    "locust",
    "developer",
    "loadtests",
    "unittest",
    "unittests",
    "regtest",
    "playwright",
    "antithesis",
    "deprecated",
    "unsupported",
    "obsolete",
    "attic",
];

/// Words of production. What rehearses it says nothing of the numbers there.
const PRODUCTION: [&str; 3] = ["prod", "production", "prd"];

/// Words of what comes before production.
const REHEARSAL: [&str; 8] = ["staging", "stage", "stg", "preprod", "qa", "uat", "canary", "live"];

/// Folders of what is deployed.
const DEPLOYED: [&str; 8] = ["k8s", "kubernetes", "helm", "chart", "charts", "manifests", "openshift", "terraform"];

impl Stage {
    /// Whether a name says for what stage a file is, whichever that is.
    #[must_use]
    pub fn is_named(name: &str) -> bool {
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        Self::of_name(name) != Self::Unclear || words.any(|word| REHEARSAL.contains(&word.as_str()))
    }

    /// By the words of a path. The file's own name decides over its folders.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        // What a build service deploys is kept beside what it tests: `ci/k8s/production/web.yaml`, `ci/helm/values.yaml`.
        let deployed = |name: &str| DEPLOYED.contains(&name);
        let deploys = path.split_once("ci/").is_some_and(|(before, below)| {
            (before.is_empty() || before.ends_with(['/', '.'])) && folder_of(below).split('/').any(deployed)
        });
        // Documentation shows how; the name of a product may well be `docs`.
        let folder = |part: &str| match part {
            "docs" if path.starts_with("docs/") => Self::Development,
            "ci" | ".ci" if deploys => Self::Unclear,
            part => Self::of_name(part),
        };
        let parts = path.rsplit('/').map(folder);
        parts.fold(Self::Unclear, |found, part| if found == Self::Unclear { part } else { found })
    }

    /// By the words of one name: `values-prod.yaml`, `web-dev`.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        let mut found = Self::Unclear;
        for word in words {
            if DEVELOPMENT.contains(&word.as_str()) {
                return Self::Development;
            }
            if PRODUCTION.contains(&word.as_str()) {
                found = Self::Production;
            }
        }
        found
    }

    /// Itself, or `other` where nothing is said.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Unclear { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_it() {
        assert_eq!(Stage::of_path("deploy/overlays/dev/kustomization.yaml"), Stage::Development);
        assert_eq!(Stage::of_path("dev/docker-compose.prod.yml"), Stage::Production);
        assert_eq!(Stage::of_path("docker-compose.yml"), Stage::Unclear);
        assert_eq!(Stage::of_path("ci/k8s/web.yaml"), Stage::Unclear);
        assert_eq!(Stage::of_path("ci/k8s/dev/web.yaml"), Stage::Development);
        assert_eq!(Stage::of_path("ci/compose.yaml"), Stage::Development);
        assert_eq!(Stage::of_path("manifests/fake-mail.yaml"), Stage::Development);
        assert_eq!(Stage::of_path("chart/values-staging.yaml"), Stage::Unclear);
        assert_eq!(Stage::of_name("device-service"), Stage::Unclear);
    }
}
