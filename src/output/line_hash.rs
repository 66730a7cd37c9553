//! `primaryLocationLineHash`: the hash by which GitHub recognises an alert when its line moves. Kept apart because it must agree, bit
//! for bit, with what GitHub computes itself.

use std::collections::HashMap;

/// How many units of a file, from the start of a line, make its hash.
const WINDOW: usize = 100;
const BASE: u64 = 37;
const END_OF_FILE: u64 = 65_535;

/// The hash of every line of a text.
pub(super) struct LineHashes {
    /// By 0-based line: the hash, and how often it has come up until here.
    lines: Vec<(u64, u32)>,
}

impl LineHashes {
    pub(super) fn new(text: &str) -> Self {
        let (units, starts) = significant_units(text);
        let prefixes = prefix_hashes(&units);
        let weight = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let lines = starts.iter().map(|&start| {
            let hash = prefixes[start + WINDOW].wrapping_sub(prefixes[start].wrapping_mul(weight));
            let times = seen.entry(hash).or_default();
            *times += 1;
            (hash, *times)
        });
        Self { lines: lines.collect() }
    }

    /// The hash of a 1-based line; none when the text has no such line.
    pub(super) fn of(&self, line: u32) -> Option<String> {
        let (hash, times) = self.lines.get((line as usize).checked_sub(1)?)?;
        Some(format!("{hash:x}:{times}"))
    }
}

/// UTF-16 units without blanks, every line break as `\n`, the end marked and padded so that each line has a whole window; and where
/// lines start among them.
fn significant_units(text: &str) -> (Vec<u64>, Vec<usize>) {
    let mut units = Vec::with_capacity(text.len() + WINDOW + 1);
    let mut starts = vec![0];
    let mut previous = 0;
    for unit in text.encode_utf16().map(u64::from) {
        let after_cr = std::mem::replace(&mut previous, unit) == u64::from(b'\r');
        match u8::try_from(unit) {
            Ok(b' ' | b'\t') => {}
            Ok(b'\n') if after_cr => {}
            Ok(b'\r' | b'\n') => {
                units.push(u64::from(b'\n'));
                starts.push(units.len());
            }
            _ => units.push(unit),
        }
    }
    units.push(END_OF_FILE);
    units.resize(units.len() + WINDOW, 0);
    (units, starts)
}

/// The hash of the first `n` units, for every `n`: the hash of any window is then one subtraction.
fn prefix_hashes(units: &[u64]) -> Vec<u64> {
    let hashes = units.iter().scan(0_u64, |hash, &unit| {
        *hash = hash.wrapping_mul(BASE).wrapping_add(unit);
        Some(*hash)
    });
    std::iter::once(0).chain(hashes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<String> {
        let hashes = LineHashes::new(text);
        (1..).map_while(|line| hashes.of(line)).collect()
    }

    /// The vectors of `src/fingerprints.test.ts` in github.com/github/codeql-action: what GitHub's own implementation gives.
    #[test]
    fn agrees_with_github() {
        assert_eq!(hashes(""), ["c129715d7a2bc9a3:1"]);
        let expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(hashes(" a\nb\n  \t\tc\n d"), expected);
        let expected = [
            "8b7cf3e952e7aeb2:1",
            "b1ae1287ec4718d9:1",
            "bff680108adb0fcc:1",
            "c6805c5e1288b612:1",
            "b86d3392aea1be30:1",
            "e6ceba753e1a442:1",
        ];
        assert_eq!(hashes(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End"), expected);
        let expected = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        for text in [
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
        ] {
            assert_eq!(hashes(text), expected, "{text:?}");
        }
        let expected = [
            "e54938cc54b302f1:1",
            "bb609acbe9138d60:1",
            "1131fd5871777f34:1",
            "5c482a0f8b35ea28:1",
            "54517377da7028d2:1",
            "2c644846cb18d53e:1",
            "f1b89f20de0d133:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(hashes("x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n"), expected);
    }

    #[test]
    fn repeats_are_counted() {
        let expected = [
            "a7f2ff13bc495cf2:1",
            "a7f2ff13bc495cf2:2",
            "a7f2ff13bc495cf2:3",
            "a7f2ff13bc495cf2:4",
            "a7f2ff13bc495cf2:5",
            "a7f2ff13bc495cf2:6",
            "a7f2ff1481e87703:1",
            "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1",
            "cc97dc7b1d7d8f7b:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10)), expected);
    }
}
