//! How the packed models lie in the program: written by `build.rs`, read by [`super::pack`], both by what is said here.
//!
//! One text, and words of 32 bits that point into it, in tables with rows of a set width. Nothing is read at start-up but what names
//! depend on the versions that a project uses; a behaviour or a type is read when it is asked for. A word for something that may be
//! missing is 0 where it is, else its number plus one.

use super::schema::{ConventionModel, ImplementModel, SettingModel};
use serde::{Deserialize, Serialize};

/// Tables, by their number in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Names: parent, name (start, length and marks), act, type, node that it is another name of. The first one is the root.
    Nodes,
    /// Where the nodes are found by parent and name: a node below what [`slot`] says of it, or 0 where a search ends.
    Slots,
    /// Behaviours: name (start, length), the behaviour as JSON (start, length), what to do instead on an event loop (start, length),
    /// head and marks, roles (one in a byte, the first one in the lowest).
    Acts,
    /// Types: as JSON (start, length), head and marks, methods (first, number), bases (first, number), constructing, awaiting,
    /// iterating, indexing.
    Types,
    /// Methods of types: name (start, length), act.
    Methods,
    /// The methods by their names: method, type.
    Named,
    /// Types whose methods others have too.
    Bases,
    /// What holds for a whole library: as JSON (start, length).
    Heads,
}

impl Table {
    /// Words in a row, by table.
    pub(super) const WIDTHS: [usize; 8] = [6, 1, 8, 11, 3, 2, 1, 2];

    /// Words in a row.
    #[must_use]
    pub(super) fn width(self) -> usize {
        Self::WIDTHS[self as usize]
    }
}

/// Words before the tables: where each one begins and how many rows it has, then [`Aside`] as JSON (start, length).
pub(super) const HEADER: usize = 2 * Table::WIDTHS.len() + 2;

/// Mark of a node: the version of the library decides what calling it does.
pub(super) const CHOSEN: u32 = 1 << 16;
/// Mark of a node: there only where some version is chosen below it.
pub(super) const SOMETIMES: u32 = 1 << 17;
/// Mark of an act: it makes a column of which each value stands in one row at most.
pub(super) const UNIQUE: u32 = 1 << 16;
/// Mark of an act: some of its arguments make others idle.
pub(super) const IGNORES: u32 = 1 << 17;
/// Mark of a type: it holds data that code can change.
pub(super) const HOLDS: u32 = 1 << 16;
/// Mark of a type: its subclasses answer with lists.
pub(super) const LISTS: u32 = 1 << 17;
/// Mark of a type: nothing reads some of its attributes.
pub(super) const UNREAD: u32 = 1 << 18;
/// What a word with marks says without them.
pub(super) const PLAIN: u32 = (1 << 16) - 1;

/// Where the search for a name under a node begins among the slots, whose number is a power of two, and what its slot says above the
/// node: with another one there, it is another name.
#[must_use]
pub(super) fn slot(parent: u32, name: &str, slots: u32) -> (u32, u32) {
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let mut rest = name.as_bytes();
    let mut hash = step(u64::from(parent), name.len() as u64);
    while let Some((eight, after)) = rest.split_first_chunk() {
        (hash, rest) = (step(hash, u64::from_le_bytes(*eight)), after);
    }
    hash = rest.iter().fold(hash, |hash, &byte| step(hash, u64::from(byte)));
    let upper = (hash >> 32) as u32;
    ((upper >> 8) & (slots - 1), (upper << 16) & !PLAIN)
}

/// What is read at start-up, as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Aside {
    /// Names by how they end.
    pub(super) endings: Vec<PackedEnding>,
    /// Calls that the version of the library decides about.
    pub(super) choices: Vec<Choice>,
    /// Methods that come with an imported trait.
    pub(super) extensions: Vec<PackedExtension>,
    /// Traits whose implementations are entry points: nodes of interfaces and of attributes.
    pub(super) implements: Vec<(Vec<u32>, Vec<u32>, ImplementModel)>,
    /// Entry points found by their names.
    pub(super) conventions: Vec<ConventionModel>,
    /// Settings that say something.
    pub(super) settings: Vec<SettingModel>,
}

/// Methods that come with an imported trait.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PackedExtension {
    /// The nodes of its imports.
    pub(super) imports: Vec<u32>,
    /// Behaviours, by name.
    pub(super) methods: Vec<(String, u32)>,
}

/// A name by how it ends.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PackedEnding {
    /// The node above.
    pub(super) parent: u32,
    /// The node.
    pub(super) node: u32,
    /// The ending.
    pub(super) ending: String,
    /// Packages of which the project has to use one, by each file that describes a type below; none for what always holds.
    pub(super) only_with: Vec<Vec<String>>,
}

/// A call that the version of the library decides about.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    /// The call.
    pub(super) node: u32,
    /// The library's names as a package.
    pub(super) packages: Vec<String>,
    /// The acts, with the versions that each is for.
    pub(super) variants: Vec<(u32, Option<String>)>,
}

/// What holds for a whole library.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    /// Its name.
    pub(super) package: String,
    /// What to do instead, by role.
    pub(super) advice: std::collections::BTreeMap<super::schema::Role, String>,
}
