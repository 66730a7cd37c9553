//! Measures nesting before the parser sees the text: its scanner writes past its state buffer on deep indentation and aborts.

/// 1-based line on which `text` nests deeper than `limit`, by indentation or by brackets.
///
/// Indentation is held to the letter, since it guards against the abort: the scanner's stack of indents is strictly increasing,
/// so it can never be deeper than the number of *different* indents in the file, whatever strings and brackets hide. Brackets
/// are counted by a rough reading of strings and comments: they cost depth in the tree, which lowering bounds for itself.
pub(super) fn too_deep(text: &str, limit: usize) -> Option<u32> {
    let at = deep_indent(text, limit).or_else(|| deep_bracket(text, limit))?;
    let line = text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    Some(u32::try_from(line).unwrap_or(u32::MAX))
}

/// Where the number of different indents passes `limit`. An indent is measured as the scanner of tree-sitter-python does: a
/// tab counts 8, a carriage return or form feed starts anew, a backslash joins lines, a NUL ends a comment, 16 bits wrap.
fn deep_indent(text: &str, limit: usize) -> Option<usize> {
    let nul = text.contains('\0');
    let mut seen = vec![0u64; 1 << 10];
    let mut different = 0;
    let mut at = 0;
    loop {
        let (width, stop) = indent(text.as_bytes(), at);
        let bit = 1u64 << (width & 63);
        let slot = &mut seen[usize::from(width >> 6)];
        if *slot & bit == 0 {
            *slot |= bit;
            different += 1;
            // Indent 0 is the module's own level.
            if different > limit + 1 {
                return Some(stop);
            }
        }
        let rest = text.get(stop..)?;
        at = stop + if nul { rest.find(['\n', '\0'])? } else { rest.find('\n')? } + 1;
    }
}

/// The width of the blanks from `at`, and where they end.
fn indent(bytes: &[u8], mut at: usize) -> (u16, usize) {
    let mut width = 0u16;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' => width = width.wrapping_add(1),
            b'\t' => width = width.wrapping_add(8),
            b'\r' | b'\n' | 0x0c => width = 0,
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 1,
            b'\\' if bytes[at + 1..].starts_with(b"\r\n") => at += 2,
            _ => break,
        }
        at += 1;
    }
    (width, at)
}

/// Which bytes matter to the count of brackets; the others are most of a text and are passed over quickly.
const MATTERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 9 {
        table[b"()[]{}#\"'"[at] as usize] = true;
        at += 1;
    }
    table
};

/// Where brackets outside strings and comments nest deeper than `limit`.
fn deep_bracket(text: &str, limit: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| MATTERS[usize::from(byte)])?;
        match bytes[at] {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return Some(at);
                }
            }
            b'#' => at += text.get(at..)?.find('\n')?,
            b'"' | b'\'' => at = string_end(bytes, at),
            _ => depth = depth.saturating_sub(1),
        }
        at += 1;
    }
}

/// The last byte of the string that opens at `at`; a one-line string that is not closed ends with its line.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut at = if triple { at + 3 } else { at + 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if !triple => return at,
            _ if byte != quote => {}
            _ if !triple => return at,
            _ if bytes[at..].starts_with(&[quote; 3]) => return at + 2,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_and_brackets_are_bounded() {
        let ifs = |n: usize| (0..n).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>();
        assert_eq!(too_deep(&ifs(257), 256), None);
        assert_eq!(too_deep(&ifs(258), 256), Some(258));
        assert_eq!(too_deep(&"(".repeat(256), 256), None);
        assert_eq!(too_deep(&"\n(".repeat(257), 256), Some(258));
    }

    #[test]
    fn strings_and_comments_do_not_count() {
        assert_eq!(too_deep(&"'((('; \"[\\\"[\" # {{{\n'''(('\n'((''' + ''\n".repeat(300), 3), None);
        assert_eq!(too_deep("x = 'open (((\n", 3), None);
        assert_eq!(too_deep("'", 3), None);
        assert_eq!(too_deep("'\\", 3), None);
        assert_eq!(too_deep("", 0), None);
    }

    #[test]
    fn hidden_indents_count() {
        let joined = (0..300).map(|level| format!("{}if x:\n", " \\\n".repeat(level))).collect::<String>();
        assert!(too_deep(&joined, 256).is_some());
        let after_nul = (0..300).map(|level| format!("#\0{}if x:\n", " ".repeat(level))).collect::<String>();
        assert!(too_deep(&after_nul, 256).is_some());
    }
}
