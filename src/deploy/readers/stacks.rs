//! Which plain manifests are applied together: a cluster holds one object of a kind and name, so files that name the same object twice
//! belong to different stacks, told apart by their folders.

use crate::deploy::readers::kubernetes::{Document, Set};
use std::collections::{BTreeMap, BTreeSet};

/// How deep folders are told apart.
const DEEPEST: usize = 12;

/// The stacks of documents, each with its path.
pub(in crate::deploy) fn of<'f>(documents: Vec<(&'f str, Document<'f>)>) -> Vec<Set<'f>> {
    let mut sets = Vec::new();
    let mut waiting = vec![(0, documents)];
    while let Some((depth, documents)) = waiting.pop() {
        if documents.is_empty() {
            continue;
        }
        if depth > DEEPEST || !names_twice(&documents) {
            sets.push(Set { documents: documents.into_iter().map(|(_, document)| document).collect() });
            continue;
        }
        // By the next part of their paths: a folder, or the file itself.
        let mut parts: BTreeMap<&str, Vec<(&str, Document<'_>)>> = BTreeMap::new();
        for (path, document) in documents {
            let part = path.split('/').nth(depth).unwrap_or_default();
            let is_file = path.split('/').nth(depth + 1).is_none();
            // Files of one folder stay together unless they themselves are what collides.
            parts.entry(if is_file { "" } else { part }).or_default().push((path, document));
        }
        let files = parts.remove("").unwrap_or_default();
        if names_twice(&files) {
            let mut by_file: BTreeMap<&str, Vec<Document<'_>>> = BTreeMap::new();
            for (path, document) in files {
                by_file.entry(path).or_default().push(document);
            }
            sets.extend(by_file.into_values().map(|documents| Set { documents }));
        } else if !files.is_empty() {
            sets.push(Set { documents: files.into_iter().map(|(_, document)| document).collect() });
        }
        waiting.extend(parts.into_values().map(|part| (depth + 1, part)));
    }
    sets
}

/// Whether two documents are the same object of a cluster.
fn names_twice(documents: &[(&str, Document<'_>)]) -> bool {
    let mut seen = BTreeSet::new();
    documents.iter().any(|(_, document)| {
        let text = |path: &str| document.node.text_at(path).unwrap_or_default();
        let key = (text("kind"), text("metadata.namespace"), text("metadata.name"));
        !key.2.is_empty() && !seen.insert(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::yaml;
    use crate::deploy::vocabulary::stages::Stage;
    use std::borrow::Cow;

    #[test]
    fn what_collides_is_told_apart_by_folder_and_the_rest_is_not() {
        let document = |kind: &str, name: &str| {
            let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n");
            let node = Cow::Owned(yaml::documents(&text).0.remove(0));
            Document { node, stage: Stage::Unclear, whole: true, group: String::new(), origin: String::new() }
        };
        let sizes = |list: &[(&'static str, &str, &str)]| {
            let sets = of(list.iter().map(|(path, kind, name)| (*path, document(kind, name))).collect());
            let mut sizes: Vec<usize> = sets.iter().map(|set| set.documents.len()).collect();
            sizes.sort_unstable();
            sizes
        };
        assert_eq!(sizes(&[("k8s/deployments/web.yaml", "Deployment", "web"), ("k8s/services/web.yaml", "Service", "web")]), [2]);
        let two = [
            ("a/web.yaml", "Deployment", "web"),
            ("a/hpa.yaml", "HorizontalPodAutoscaler", "web"),
            ("b/web.yaml", "Deployment", "web"),
        ];
        assert_eq!(sizes(&two), [1, 2]);
        assert_eq!(sizes(&[("web-dev.yaml", "Deployment", "web"), ("web-prod.yaml", "Deployment", "web")]), [1, 1]);
    }
}
