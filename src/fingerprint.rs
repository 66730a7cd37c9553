//! Stable names of findings. Baselines, `--since` and code-scanning services share them, so there is one recipe, here: rule, path,
//! enclosing symbol, the reported code without its layout, and an ordinal among equals. Moved lines, reformatting and edits elsewhere
//! keep a fingerprint.

use crate::finding::{Finding, ReportFile};
use std::collections::HashMap;

/// Bytes of the reported code that are looked at. Calls nested a thousand deep would otherwise cost the square of their length; what
/// differs only after this much is told apart by its ordinal.
const MOST_CODE: usize = 4096;

/// Set the fingerprint of every finding. Ordinals follow the order of places, so call it before any finding is filtered out:
/// suppressing one must not rename its twin.
pub fn assign(findings: &mut [Finding], files: &[ReportFile]) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|&at| (findings[at].place, findings[at].rule));
    let mut seen: HashMap<blake3::Hash, u32> = HashMap::new();
    for at in order {
        let finding = &mut findings[at];
        let Some(file) = files.get(finding.place.file.index()) else { continue };
        let code = normalise(within_limit(finding.place.span.of(&file.text)));
        let key = digest(&[finding.rule, &file.path, &finding.symbol, &code]);
        let ordinal = seen.entry(key).or_default();
        finding.fingerprint = digest(&[key.to_hex().as_str(), &ordinal.to_string()]).to_hex()[..32].to_owned();
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

/// Code without what formatters change: blanks that separate nothing, line continuations, commas before a closing bracket, the kind
/// of quotes.
fn normalise(code: &str) -> String {
    let mut normal = String::with_capacity(code.len());
    let mut blank = false;
    let mut characters = code.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if matches!(characters.peek(), Some('\n' | '\r')) => blank = true,
            c if c.is_whitespace() => blank = true,
            c => {
                if blank && is_word(c) && normal.chars().next_back().is_some_and(is_word) {
                    normal.push(' ');
                }
                blank = false;
                if matches!(c, ')' | ']' | '}') && normal.ends_with(',') {
                    normal.pop();
                }
                normal.push(if c == '\'' { '"' } else { c });
            }
        }
    }
    normal
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
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
            symbol: symbol.into(),
            fingerprint: String::new(),
        };
        let mut findings: Vec<Finding> = text.match_indices("requests.").map(|(start, _)| finding(start)).collect();
        assign(&mut findings, &[file]);
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

    #[test]
    fn words_stay_apart() {
        assert_eq!(normalise("not  x"), "not x");
        assert_eq!(normalise("a \\\n  . b ( c , )"), "a.b(c)");
        assert_ne!(normalise("f(a, b)"), normalise("f(ab)"));
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
