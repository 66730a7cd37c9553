//! Reads a file that a stranger may have put there: regular files only, checked on the open descriptor, bounded, decoded.

use crate::disk::{self, Open};
use crate::error::reason;
use crate::finding::NoticeKind;
use crate::lang::Language;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::Path;

/// What could not be read, and why.
pub type Problem = (NoticeKind, String);

/// The bytes of a regular file of at most `limit` bytes, or why not.
///
/// # Errors
/// When it is no regular file, too large or unreadable.
pub fn regular(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    bytes(path, limit).map_err(|(_, why)| why)
}

/// The text of a regular file of at most `limit` bytes. For a source file, its language says how it may declare an encoding.
///
/// # Errors
/// When it is no regular file, too large, unreadable, or no text.
pub fn text(path: &Path, limit: u64, language: Option<Language>) -> Result<String, Problem> {
    decode(bytes(path, limit)?, language)
}

/// The first bytes of a regular file, for its `#!` line.
///
/// # Errors
/// When it is no regular file, or unreadable.
pub fn head(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    open(path)?.take(256).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

pub(super) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
    let file = open(path)?;
    let large = || (NoticeKind::TooLarge, too_large(limit));
    let expected = file.metadata().map_err(|error| unreadable(&error))?.len();
    if expected > limit {
        return Err(large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(1));
    // It may grow while it is read, and files under /proc say that they are empty.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > limit { Err(large()) } else { Ok(bytes) }
}

fn open(path: &Path) -> Result<Open, Problem> {
    let file = disk::open(&options(), path).map_err(|error| unreadable(&error))?;
    // On the descriptor: whatever the name meant a moment ago, this is what will be read.
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if metadata.is_file() { Ok(file) } else { Err((NoticeKind::NotRegular, "this is no regular file".into())) }
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    // Non-blocking, or opening a pipe would wait for a writer; no terminal may become ours; no link in the last place.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(i32::try_from(flags.bits()).unwrap_or(0));
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

fn unreadable(error: &io::Error) -> Problem {
    if is_link(error) {
        return (NoticeKind::NotRegular, "this is a link".into());
    }
    (NoticeKind::Unreadable, reason(error))
}

/// What opening a link says when links are not to be followed.
#[cfg(unix)]
fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_link(_: &io::Error) -> bool {
    false
}

/// What is said of a file of more than `limit` bytes.
pub(super) fn too_large(limit: u64) -> String {
    format!("larger than the limit of {}", size(limit))
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes >= MIB && bytes.is_multiple_of(MIB) { format!("{} MiB", bytes / MIB) } else { format!("{bytes} bytes") }
}

/// How a file's text is written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As UTF-8.
    Utf8,
    /// With a byte order mark before it.
    MarkedUtf8,
    /// As UTF-16, the low byte first.
    Utf16Le,
    /// As UTF-16, the high byte first.
    Utf16Be,
    /// A byte for each character.
    Latin1,
}

impl Encoding {
    /// The encoding in which `bytes` are `text`; none when they are something else.
    #[must_use]
    pub fn of(bytes: &[u8], text: &str) -> Option<Self> {
        let all = [Self::Utf8, Self::MarkedUtf8, Self::Utf16Le, Self::Utf16Be, Self::Latin1];
        all.into_iter().find(|encoding| encoding.bytes(text).is_some_and(|written| written == bytes))
    }

    /// `text` as bytes; none when it has a character that this encoding lacks.
    #[must_use]
    pub fn bytes(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::MarkedUtf8 => Some([b"\xef\xbb\xbf", text.as_bytes()].concat()),
            Self::Utf16Le => Some(b"\xff\xfe".iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()),
            Self::Utf16Be => Some(b"\xfe\xff".iter().copied().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()),
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        }
    }
}

/// Bytes to text. Columns are counted in what comes out, so whatever we cannot decode exactly is refused.
pub(super) fn decode(bytes: Vec<u8>, language: Option<Language>) -> Result<String, Problem> {
    let not_text = |why: &str| (NoticeKind::NotText, why.to_string());
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes).ok_or_else(|| not_text("not valid UTF-16"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes).ok_or_else(|| not_text("not valid UTF-16"));
    }
    if memchr::memchr(0, &bytes).is_some() {
        return Err(not_text("contains NUL bytes"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text)),
        Err(error) if language == Some(Language::Python) && declares_latin1(error.as_bytes()) => {
            // Each byte is the character of that number; what Windows means by 0x80 to 0x9f differs but is as wide.
            Ok(error.as_bytes().iter().map(|&byte| char::from(byte)).collect())
        }
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + memchr::memchr_iter(b'\n', valid).count();
            Err(not_text(&format!("not valid UTF-8, first on line {line}")))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
    (!text.contains('\0')).then_some(text)
}

/// Python's coding comment, in one of the first two lines.
fn declares_latin1(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(2);
    lines.any(|line| {
        let line = String::from_utf8_lossy(line);
        let Some((_, rest)) = line.trim_start().strip_prefix('#').and_then(|comment| comment.split_once("coding")) else {
            return false;
        };
        let name = rest.strip_prefix([':', '=']).unwrap_or_default().trim_start();
        let name = name.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).next().unwrap_or_default();
        let name = name.to_ascii_lowercase().replace('_', "-");
        matches!(name.as_str(), "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "iso-8859-15" | "cp1252" | "windows-1252")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(bytes: &[u8]) -> Result<String, NoticeKind> {
        decode(bytes.to_vec(), Some(Language::Python)).map_err(|(kind, _)| kind)
    }

    #[test]
    fn texts_go_back_to_their_bytes() {
        for bytes in [&b"x = '\xc3\xa9'"[..], b"\xef\xbb\xbfx", b"\xff\xfex\0", b"\xfe\xff\0x", b"# coding: latin-1\n# \xe9"] {
            let text = python(bytes).unwrap_or_default();
            assert_eq!(Encoding::of(bytes, &text).and_then(|encoding| encoding.bytes(&text)).as_deref(), Some(bytes));
        }
        assert_eq!(Encoding::of(b"y", "x"), None);
        assert_eq!(Encoding::Latin1.bytes("\u{20ac}"), None);
    }

    #[test]
    fn encodings() {
        assert_eq!(python(b"\xef\xbb\xbfx").as_deref(), Ok("x"));
        assert_eq!(python(b"\xff\xfex\0").as_deref(), Ok("x"));
        assert_eq!(python(b"\xfe\xff\0x").as_deref(), Ok("x"));
        assert_eq!(python(b"\xff\xfex"), Err(NoticeKind::NotText));
        assert_eq!(python(b"x\0"), Err(NoticeKind::NotText));
        assert_eq!(python(b"# \xe9"), Err(NoticeKind::NotText));
        assert_eq!(python(b"# -*- coding: latin-1 -*-\n# \xe9").as_deref(), Ok("# -*- coding: latin-1 -*-\n# é"));
        assert_eq!(decode(b"// coding: latin-1\n// \xe9".to_vec(), Some(Language::Rust)).ok(), None);
    }
}
