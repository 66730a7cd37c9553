//! Inputs to begin with: the examples of the pages, by language, and as small projects. What makes them is here once, for the corpora on
//! disk, for the test, and for the pieces that are spliced into what is made.

use super::text::MADE;
use super::tree;
use super::words::Kind;
use scalelint::deploy::Format;
use scalelint::lang::Language;
use scalelint::rules::Rule;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// Examples as projects: path and text of each file.
pub static PROJECTS: LazyLock<Vec<Vec<(String, String)>>> = LazyLock::new(|| {
    let examples = Rule::all().iter().flat_map(|rule| rule.page().examples());
    examples.map(|example| example.files.iter().map(|file| (file.path.clone(), file.text())).collect()).collect()
});

static TEXTS: LazyLock<BTreeMap<Kind, Vec<String>>> = LazyLock::new(|| {
    let mut texts: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for (path, text) in PROJECTS.iter().flatten() {
        if let Some(kind) = kind_of(path) {
            texts.entry(kind).or_default().push(text.clone());
        }
    }
    texts.entry(Kind::Toml).or_default().extend([CONFIGURATION].iter().chain(&MODELS).map(|&text| text.to_owned()));
    texts
});

/// A configuration with every key.
pub const CONFIGURATION: &str = include_str!("../configuration.toml");

/// Models: those with many kinds of entries, none longer than an input may be.
const MODELS: [&str; 6] = [
    include_str!("../../src/lang/python/models/celery.toml"),
    include_str!("../../src/lang/python/models/fastapi.toml"),
    include_str!("../../src/lang/python/models/peewee.toml"),
    include_str!("../../src/lang/python/models/requests.toml"),
    include_str!("../../src/lang/rust/models/poem.toml"),
    include_str!("../../src/lang/rust/models/tokio-postgres.toml"),
];

/// Sound texts of a kind.
pub fn texts(kind: Kind) -> &'static [String] {
    TEXTS.get(&kind).map_or(&[], Vec::as_slice)
}

/// What sort of text a file of this name holds.
pub fn kind_of(path: &str) -> Option<Kind> {
    Some(match Language::of_path(Path::new(path)) {
        Some(Language::Python) => Kind::Python,
        Some(Language::Rust) => Kind::Rust,
        Some(Language::Sql) => Kind::Sql,
        Some(Language::Deployment(format)) => match format {
            Format::Yaml | Format::Values | Format::Staged | Format::Template | Format::Workflow => Kind::Yaml,
            Format::Dockerfile => Kind::Dockerfile,
            Format::Procfile | Format::Shell | Format::Recipes => Kind::Shell,
            Format::Ini => Kind::Ini,
            Format::Hcl => Kind::Hcl,
            Format::Toml => Kind::Toml,
            Format::Proxy => Kind::Proxy,
        },
        None if path.ends_with(".toml") => Kind::Toml,
        None => return None,
    })
}

/// Seeds of a target: texts as they are, projects for those that read several files, and a few lists of choices.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let kinds: &[Kind] = match target {
        "python" | "tapes" => &[Kind::Python],
        "rust" => &[Kind::Rust],
        "sql" => &[Kind::Sql],
        "models" | "configuration" => &[Kind::Toml],
        "comments" => &[Kind::Python, Kind::Yaml],
        _ => &[],
    };
    let mut seeds: Vec<Vec<u8>> = kinds.iter().flat_map(|kind| texts(*kind)).map(|text| text.clone().into_bytes()).collect();
    match target {
        // Some of each page: a run costs, and the others are a few changes away.
        "project" | "fixes" => seeds.extend(PROJECTS.iter().step_by(5).map(|files| tree::written(files).into_bytes())),
        "deployment" => {
            let deployed = |files: &&Vec<(String, String)>| files.iter().any(|(path, _)| is_deployment(path));
            seeds.extend(PROJECTS.iter().filter(deployed).map(|files| tree::written(files).into_bytes()));
        }
        "baseline" => seeds.push(BASELINE.into()),
        "editor" => seeds.push(EDITOR.into()),
        "sql" => seeds.extend(queries()),
        _ => {}
    }
    // The last, so that a list of choices is among few of them.
    seeds.extend((1..=8_u8).map(|seed| made_seed(seed, 64 * usize::from(seed))));
    seeds
}

fn is_deployment(path: &str) -> bool {
    matches!(Language::of_path(Path::new(path)), Some(Language::Deployment(_)))
}

/// Strings of Python that hold statements: the longest piece between quotes of every line that has a word of SQL.
fn queries() -> Vec<Vec<u8>> {
    let lines = texts(Kind::Python).iter().flat_map(|text| text.lines());
    let sql =
        lines.filter(|line| ["select ", "insert ", "update ", "delete "].iter().any(|word| line.to_lowercase().contains(word)));
    let quoted = sql.filter_map(|line| line.split(['"', '\'']).max_by_key(|piece| piece.len()));
    quoted.map(|query| query.as_bytes().to_vec()).collect()
}

/// A list of choices: bytes that look random and are the same in every run.
pub fn made_seed(seed: u8, length: usize) -> Vec<u8> {
    let mut dice = Dice::new(u64::from(seed));
    std::iter::once(MADE).chain((0..length).map(|_| dice.byte())).collect()
}

const BASELINE: &str = "\
# scalelint baseline, version 1
# Findings that this project lives with for now; anything else fails the check.
11111111111111111111111111111111\taaaaaaaaaaaaaaaa\tmissing-timeout\tapp/a.py\tf\twaits without limit
22222222222222222222222222222222\taaaaaaaaaaaaaaaa\tmissing-timeout\todd\\u{9}\\\\.py\tf\twaits without limit
";

const EDITOR: &str =
    "Content-Length: 38\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}\nContent-Length: 2\r\nX: y\r\n\r\n[]";

/// Numbers that look random and are the same in every run.
pub struct Dice(u64);

impl Dice {
    /// Numbers that begin with `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_le_bytes()[3]
    }

    /// A number below `sides`, or 0.
    pub fn roll(&mut self, sides: usize) -> usize {
        let bytes: [u8; 4] = std::array::from_fn(|_| self.byte());
        u32::from_le_bytes(bytes) as usize % sides.max(1)
    }
}
