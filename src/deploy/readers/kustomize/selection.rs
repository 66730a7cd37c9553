//! Which objects a patch or a setting is for.

use super::Object;
use crate::deploy::texts::tree::Node;

/// Whether a `target` means an object. Names and kinds there are patterns over the whole name.
pub(super) fn means(target: &Node, object: &Object) -> bool {
    let fits =
        |key: &str, found: &dyn Fn(&str) -> bool| target.text_at(key).is_none_or(|pattern| pattern.is_empty() || found(pattern));
    let labels = |key: &str, path: &str| {
        fits(key, &|selector| {
            selector.split(',').all(|one| {
                let Some((name, value)) = one.split_once("!=").map(|_| ("", "")).or_else(|| one.split_once('=')) else {
                    return object.node.at(path).is_some_and(|labels| labels.entry(one.trim()).is_some());
                };
                let own = object.node.at(path).and_then(|labels| labels.get(name.trim()));
                own.and_then(Node::text) == Some(value.trim_start_matches('=').trim())
            })
        })
    };
    fits("kind", &|pattern| matches(pattern, object.kind()))
        && fits("name", &|pattern| matches(pattern, object.name()) || object.names.iter().any(|name| matches(pattern, name)))
        && fits("namespace", &|pattern| object.node.text_at("metadata.namespace").is_none_or(|own| matches(pattern, own)))
        && labels("labelSelector", "metadata.labels")
        && labels("annotationSelector", "metadata.annotations")
}

/// Whether a pattern covers a name. People write names, `.*` and alternatives; other patterns match nothing.
fn matches(pattern: &str, name: &str) -> bool {
    let bare = pattern.trim_start_matches('^').trim_end_matches('$');
    let bare = bare.strip_prefix('(').and_then(|bare| bare.strip_suffix(')')).unwrap_or(bare);
    bare.split('|').any(|one| {
        let mut parts = one.split(".*");
        let Some(rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
        let mut rest = rest;
        for part in middle {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let cases =
            [("web", "web", true), ("web", "web2", false), (".*", "x", true), ("web.*", "web-a", true), ("a|b", "b", true)];
        for (pattern, name, is) in
            cases.into_iter().chain([("^(a|b)$", "a", true), (".*-api.*", "the-api-x", true), ("w[eo]b", "web", false)])
        {
            assert_eq!(matches(pattern, name), is, "{pattern} {name}");
        }
    }
}
