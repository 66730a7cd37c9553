//! Where the project is published, by what its own files say: images are called after that as a rule, and build services fill it in.

use crate::deploy::sheets::Sheet;
use crate::link::Files;
use crate::walk::folder_of;
use std::collections::BTreeSet;

/// Hosts of repositories.
const HOSTS: [&str; 4] = ["github.com", "gitlab.com", "codeberg.org", "bitbucket.org"];

/// Owner and name, where files that would know agree: manifests at the root, then what images and charts say of their source, then
/// conditions of workflows.
pub(in crate::deploy) fn repository(files: &Files) -> Option<String> {
    let manifests =
        || files.manifests().filter(|(path, _)| folder_of(path).is_empty()).filter_map(|(path, text)| of_manifest(path, text));
    let setup =
        || files.by_path("setup.py").and_then(|file| after(&files.get(file).text, "url=")).and_then(|url| of_address(&url));
    let labels = || {
        let images = files.iter().filter(|(_, data)| matches!(data.facts.sheet.as_deref(), Some(Sheet::Dockerfile(_))));
        images.filter_map(|(_, data)| of_address(&after(&data.text, "org.opencontainers.image.source")?))
    };
    let conditions = || {
        let builds = files.iter().filter(|(_, data)| matches!(data.facts.sheet.as_deref(), Some(Sheet::Builds(_))));
        builds.filter_map(|(_, data)| {
            let told = after(&data.text, "github.repository ==")?;
            (told.split('/').count() == 2).then_some(told)
        })
    };
    let charts = || {
        let charts = files.iter().filter(|(_, data)| data.path.ends_with("/Chart.yaml"));
        charts.filter_map(|(_, data)| match data.facts.sheet.as_deref()? {
            Sheet::Documents(documents) => {
                let chart = documents.first()?;
                let sources = chart.items_at("sources").iter().filter_map(|source| source.text());
                sources.chain(chart.text_at("home")).find_map(of_address)
            }
            _ => None,
        })
    };
    agreed(manifests().chain(setup())).or_else(|| agreed(labels())).or_else(|| agreed(conditions())).or_else(|| agreed(charts()))
}

/// The one that all name; nothing where they differ.
fn agreed(found: impl Iterator<Item = String>) -> Option<String> {
    let all: BTreeSet<String> = found.collect();
    let names: BTreeSet<String> = all.iter().map(|name| name.to_ascii_lowercase()).collect();
    all.into_iter().next().filter(|_| names.len() == 1)
}

/// `package.repository` of Cargo, addresses of `pyproject.toml`, `url` of `setup.cfg`.
fn of_manifest(path: &str, text: &str) -> Option<String> {
    if path == "setup.cfg" {
        let line = text.lines().find(|line| line.split('=').next().is_some_and(|key| key.trim() == "url"))?;
        return of_address(line);
    }
    if !matches!(path, "Cargo.toml" | "pyproject.toml") {
        return None;
    }
    let manifest = text.parse::<toml::Table>().ok()?;
    let at = |keys: &[&str]| {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(manifest.get(*first)?, |table, key| table.get(key))
    };
    let told = [
        &["package", "repository"][..],
        &["workspace", "package", "repository"],
        &["tool", "poetry", "repository"],
        &["tool", "poetry", "homepage"],
        &["package", "homepage"],
    ];
    let one = told.iter().find_map(|keys| of_address(at(keys)?.as_str()?));
    let listed = || at(&["project", "urls"])?.as_table()?.values().find_map(|value| of_address(value.as_str()?));
    one.or_else(listed)
}

/// The text that follows a mark, up to where it ends: in quotes, or up to white space.
fn after(text: &str, mark: &str) -> Option<String> {
    let (_, rest) = text.split_once(mark)?;
    let rest = rest.trim_start_matches(['=', ' ', '"', '\'']);
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ')' | '}')).unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// Owner and name in an address: `https://github.com/acme/shop/tree/main`.
fn of_address(text: &str) -> Option<String> {
    let (_, rest) = HOSTS.iter().find_map(|host| text.split_once(host))?;
    let mut parts = rest.trim_start_matches(['/', ':']).split(['/', '"', '\'', '#', '?', ' ']);
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = name.trim().trim_end_matches(".git");
    (!owner.is_empty() && !name.is_empty() && !owner.contains(['$', '{']) && !name.contains(['$', '{']))
        .then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_texts() {
        let shop = Some("acme/shop".to_owned());
        assert_eq!(of_address("url = git@github.com:acme/shop.git"), shop);
        assert_eq!(of_address("https://github.com/acme/shop/issues"), shop);
        assert_eq!(of_address("https://example.com/acme/shop"), None);
        assert_eq!(after("if: github.repository == 'acme/shop' && true", "github.repository =="), shop);
        assert_eq!(of_manifest("Cargo.toml", "[workspace.package]\nrepository = \"https://github.com/acme/shop\"\n"), shop);
        assert_eq!(
            of_manifest("pyproject.toml", "[project.urls]\nDocs = \"https://a.b\"\nCode = \"https://github.com/acme/shop\"\n"),
            shop
        );
        assert_eq!(agreed(["acme/shop".to_owned(), "acme/other".to_owned()].into_iter()), None);
    }
}
