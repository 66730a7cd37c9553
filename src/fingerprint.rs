//! Stable names of findings. Baselines, `--since` and code-scanning services share them, so there is one recipe, here: rule, path,
//! enclosing symbol, the reported code as [`tokens`] see it, and an ordinal among equals. Moved lines, reformatting, comments,
//! renamed locals and edits elsewhere keep a fingerprint. The same without path and ordinal is [`Finding::content`], by which a
//! finding is known again when its file was renamed.

mod locals;
mod tokens;

use crate::finding::{FileId, Finding, ReportFile};
use crate::link::FileData;
use locals::Scopes;
use std::collections::HashMap;

/// Bytes of the reported code that are looked at. Calls nested a thousand deep would otherwise cost the square of their length; what
/// differs only after this much is told apart by its ordinal.
const MOST_CODE: usize = 4096;

/// Set the fingerprint of every finding. Ordinals follow the order of places, so call it before any finding is filtered out:
/// suppressing one must not rename its twin. `sources` are the analysed files, the first of `files`: they know what is a local.
pub fn assign(findings: &mut [Finding], files: &[ReportFile], sources: &[FileData]) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|&at| (findings[at].place, findings[at].rule));
    let mut seen: HashMap<blake3::Hash, u32> = HashMap::new();
    let mut scopes: HashMap<FileId, Scopes<'_>> = HashMap::new();
    for at in order {
        let finding = &mut findings[at];
        let Some(file) = files.get(finding.place.file.index()) else { continue };
        let source = sources.get(finding.place.file.index());
        let code = within_limit(finding.place.span.of(&file.text));
        let locals = match source {
            Some(source) => {
                scopes.entry(finding.place.file).or_insert_with(|| Scopes::new(&source.facts)).around(finding.place.span)
            }
            None => Vec::new(),
        };
        let code = tokens::normalise(code, source.map(|source| source.language), &locals);
        let key = digest(&[finding.rule, &file.path, &finding.symbol, &code]);
        let ordinal = seen.entry(key).or_default();
        finding.fingerprint = digest(&[key.to_hex().as_str(), &ordinal.to_string()]).to_hex()[..32].to_owned();
        finding.content = digest(&[finding.rule, &finding.symbol, &code]).to_hex()[..16].to_owned();
        *ordinal += 1;
    }
}

/// One hash over all parts; a part cannot pass for the end of another.
fn digest(parts: &[&str]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize()
}

fn within_limit(code: &str) -> &str {
    &code[..code.floor_char_boundary(MOST_CODE)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, FileId, Level, Place};
    use crate::source::{LineIndex, Span};

    const CODE: &str = "\
def charge(order):
    requests.post(URL, json={'id': order.id, 'sum': order.sum})
    log(order)
    requests.post(URL, json={'id': order.id, 'sum': order.sum})
    requests.get(URL)
";

    type Edit = fn(&str) -> String;

    /// The fingerprints of every `requests.…(…)` in `text`, in order.
    fn fingerprints(text: &str, path: &str, symbol: &str) -> Vec<String> {
        let file = ReportFile { path: path.into(), text: text.into(), lines: LineIndex::new(text) };
        let finding = |start: usize| Finding {
            rule: "missing-timeout",
            level: Level::Warning,
            confidence: Confidence::High,
            place: Place { file: FileId(0), span: Span::new(start, call_end(text, start)) },
            message: String::new(),
            help: String::new(),
            trace: Vec::new(),
            related: Vec::new(),
            deployment: Vec::new(),
            fix: None,
            symbol: symbol.into(),
            fingerprint: String::new(),
            content: String::new(),
        };
        let mut findings: Vec<Finding> = text.match_indices("requests.").map(|(start, _)| finding(start)).collect();
        assign(&mut findings, &[file], &[]);
        findings.into_iter().map(|finding| finding.fingerprint).collect()
    }

    fn call_end(text: &str, start: usize) -> usize {
        let mut depth = 0;
        for (at, c) in text[start..].char_indices() {
            match c {
                '(' | '{' => depth += 1,
                ')' | '}' if depth == 1 => return start + at + 1,
                ')' | '}' => depth -= 1,
                _ => {}
            }
        }
        text.len()
    }

    #[test]
    fn findings_are_told_apart() {
        let all = fingerprints(CODE, "app/pay.py", "charge");
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|name| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())));
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        assert_ne!(all, fingerprints(CODE, "app/other.py", "charge"));
        assert_ne!(all, fingerprints(CODE, "app/pay.py", "refund"));
    }

    #[test]
    fn layout_does_not_matter() {
        let before = fingerprints(CODE, "app/pay.py", "charge");
        let edits: [(&str, Edit); 7] = [
            ("moved", |code| format!("import os\n\n\n{code}")),
            ("edited elsewhere", |code| code.replace("log(order)", "audit(order, 'done')\n    flush()")),
            ("windows", |code| code.replace('\n', "\r\n")),
            ("quotes", |code| code.replace('\'', "\"")),
            ("tabs", |code| code.replace("    ", "\t")),
            ("spread", |code| code.replace("(URL, ", "(\n        URL,\n        ").replace("})", "},\n    )")),
            ("tight", |code| code.replace(", ", ",").replace(": order", ":order")),
        ];
        for (name, edit) in edits {
            assert_eq!(fingerprints(&edit(CODE), "app/pay.py", "charge"), before, "{name}");
            // Edits add up: whatever follows another still changes nothing.
            for (other, again) in edits {
                assert_eq!(fingerprints(&again(&edit(CODE)), "app/pay.py", "charge"), before, "{name}, {other}");
            }
        }
    }

    /// Twins are numbered by place, so a twin below does not rename the one above.
    #[test]
    fn a_twin_below_changes_nothing() {
        let once = fingerprints(CODE, "a.py", "f");
        let twice = fingerprints(&CODE.repeat(2), "a.py", "f");
        assert_eq!(twice[..3], once);
        assert!(!once.contains(&twice[3]));
    }
}
