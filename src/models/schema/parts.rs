//! The parts of a model's entries: arguments, time limits, relations, entry points.

use super::EntryKind;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// An argument that rules ask about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ParameterModel {
    /// Its names, if it can be given by name.
    #[serde(default, deserialize_with = "one_or_many")]
    pub argument: Vec<String>,
    /// Its 0-based position, without the receiver.
    #[serde(default)]
    pub position: Option<u16>,
    /// What the library takes when it is left out; leave it away when nobody knows.
    #[serde(default)]
    pub default: Option<serde_json::Value>,
    /// The values that switch it off; `None` and `false` when nothing is said.
    #[serde(default)]
    pub off: Option<Vec<serde_json::Value>>,
    /// Multiply numbers by this to get seconds (0.001 for milliseconds).
    #[serde(default)]
    pub scale: Option<f64>,
    /// The argument at `position` is a struct or map, and its field of this name is meant.
    #[serde(default)]
    pub inside: bool,
    /// What a fix writes for it where it is missing or switched off, as code.
    #[serde(default)]
    pub suggest: Option<String>,
    /// The sibling that takes this argument, for what takes none itself: `lru_cache` for `functools.cache`.
    #[serde(default)]
    pub through: Option<String>,
}

/// A field of an entity that leads to rows of another table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelationModel {
    /// Reading the attribute runs the query. Where it only names one (a manager with `.all()`), the call that runs it is described.
    #[serde(default)]
    pub on_read: bool,
    /// The argument that decides how the rows are loaded.
    #[serde(default)]
    pub loading: Option<Argument>,
    /// Values of that argument that mean: on first read, as without it.
    #[serde(default)]
    pub lazy: Vec<String>,
    /// Rows that refer to the same row share it, so that it is loaded once for all of them.
    #[serde(default)]
    pub shared: bool,
    /// The argument that names the other entity, as a class or in a string.
    #[serde(default)]
    pub target: Option<Argument>,
    /// What the rows of the other entity get from it.
    #[serde(default)]
    pub reverse: Option<ReverseModel>,
}

/// A column of an entity's table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ColumnModel {
    /// Arguments that give it an index when they are true, and take it away when they are false.
    #[serde(default)]
    pub index: Vec<String>,
    /// Arguments that make it a key of its own, which comes with an index.
    #[serde(default)]
    pub key: Vec<String>,
    /// Each of its values stands in one row at most, whatever it is made with.
    #[serde(default)]
    pub unique: bool,
    /// It has an index when nothing is said.
    #[serde(default)]
    pub indexed: bool,
    /// It holds the key of a row of another table.
    #[serde(default)]
    pub refers: bool,
    /// Arguments that make it hold the key of a row of another table.
    #[serde(default)]
    pub referring: Vec<String>,
    /// It can have only a few different values.
    #[serde(default)]
    pub few: bool,
    /// Arguments that list its values.
    #[serde(default)]
    pub listing: Vec<String>,
    /// What the database adds to the name of the field.
    #[serde(default)]
    pub suffix: String,
    /// It stands for no column, or one that is not searched: it only says more of the column that it is an argument of.
    #[serde(default)]
    pub part: bool,
}

/// Where entities say how their table is named and which keys it has: class attributes, those of an inner class as `Meta.indexes`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableModel {
    /// Attributes that name the table.
    pub name: Vec<String>,
    /// Attributes that hold keys: sequences of columns.
    pub keys: Vec<String>,
    /// Those of them whose keys no two rows have.
    #[serde(default)]
    pub unique: Vec<String>,
    /// A field with an annotation and no value is a column.
    #[serde(default)]
    pub annotated: bool,
}

/// The attribute that a relation gives to the rows it leads to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReverseModel {
    /// The argument that names it.
    pub name: Argument,
    /// Otherwise it is named as the declaring class in lower case, with this behind.
    pub suffix: String,
    /// Its type, of rows of the declaring class.
    pub gives: String,
}

/// Whom one talks to through a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carries {
    /// A client, over a connection that stays open (a websocket).
    Client,
    /// Another task of this process (a channel, a queue).
    Task,
}

/// What turns rows into answers, field by field.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Renders {
    /// The argument that names the attribute of the row; without it, the field is named as the attribute.
    pub source: Argument,
    /// Arguments that keep the field out of answers when they are true.
    pub unless: Vec<String>,
    /// The argument that, when true, says that the first one holds many rows.
    #[serde(default)]
    pub many: Option<Argument>,
    /// A method of the serializer makes the field's value of the row: the argument that names it.
    #[serde(default)]
    pub method: Option<Argument>,
    /// Without that argument it is named as the field, with this before.
    #[serde(default)]
    pub prefix: String,
}

/// How a class of pagination takes the size of a page from the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SizedByClient {
    /// The attribute that names the parameter by which a client says it; nothing does as long as it is not set.
    pub parameter: String,
    /// The attribute that says how large it may be.
    pub most: String,
}

/// A view that answers with all rows of what an attribute of its subclass names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lists {
    /// Attributes that hold the query or the entity, the first that is set counts.
    pub rows: Vec<String>,
    /// Attributes that name how it is paged; one that is `None` switches paging off.
    pub pages: Vec<String>,
    /// Methods by which a subclass decides for itself.
    pub unless: Vec<String>,
    /// The attribute that names the methods of HTTP it answers to, when not to all.
    #[serde(default)]
    pub verbs: Option<String>,
    /// The attribute with classes that narrow the rows; one of the project may leave each client only his own.
    #[serde(default)]
    pub narrowed_by: Option<String>,
    /// The attribute that names the serializer of the rows.
    #[serde(default)]
    pub shown_by: Option<String>,
    /// The method by which a subclass chooses the rows.
    #[serde(default)]
    pub rows_by: Option<String>,
    /// The method that makes a route of it and takes a map from verbs to methods.
    #[serde(default)]
    pub maps: Option<String>,
    /// The method that lists, as such a map names it.
    #[serde(default)]
    pub answers: Option<String>,
    /// The name under which the page gets the rows; a view that puts something else there never asks for its own.
    #[serde(default)]
    pub shown_as: Option<String>,
    /// The framework's settings can page every such view.
    #[serde(default)]
    pub by_setting: bool,
}

/// How long a call may take.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timeout {
    /// Names of the arguments that bound it; any one given is enough.
    #[serde(default, deserialize_with = "one_or_many")]
    pub argument: Vec<String>,
    /// 0-based position of the argument, without the receiver.
    #[serde(default)]
    pub position: Option<u16>,
    /// What holds when it is not given: seconds, `"none"`, or `"client"` for what the receiver was made with.
    pub default: TimeoutDefault,
    /// Multiply numbers by this to get seconds (0.001 for milliseconds).
    #[serde(default)]
    pub scale: Option<f64>,
    /// What a fix writes for the first of the arguments, as code; with a dot before it, a call that goes between the receiver and this
    /// one. A name of the library stands with its module, `aiohttp.ClientTimeout(total=10)`, and is written as the file calls it.
    #[serde(default)]
    pub suggest: Option<String>,
}

/// The value of a timeout that is not given.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Default)]
#[serde(untagged)]
pub enum TimeoutDefault {
    /// So many seconds.
    Seconds(f64),
    /// By name.
    Named(NamedTimeout),
    /// Not stated: nothing is said about it.
    #[default]
    Unstated,
}

/// A timeout default that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedTimeout {
    /// It waits for ever.
    None,
    /// What the receiver was constructed with.
    Client,
    /// What the process has set for all its sockets, which is nothing unless it does.
    Socket,
}

/// An argument of a call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Argument {
    /// Its names, if it can be given by name.
    #[serde(default, deserialize_with = "one_or_many")]
    pub name: Vec<String>,
    /// Its 0-based position, without the receiver.
    #[serde(default)]
    pub position: Option<u16>,
}

/// Code the platform calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// When it runs.
    pub kind: EntryKind,
    /// The function: an argument, or the decorated function when left out.
    #[serde(default)]
    pub handler: Option<Argument>,
    /// The route, queue or schedule to name it by.
    #[serde(default)]
    pub path: Option<Argument>,
    /// HTTP method, when the call itself says it.
    #[serde(default)]
    pub verb: Option<String>,
    /// Each run has a thread and, if it needs one, an event loop of its own.
    #[serde(default)]
    pub alone: bool,
    /// The argument with a list of HTTP methods.
    #[serde(default)]
    pub verbs: Option<Argument>,
    /// Its path is written without the slash that it begins with, maybe as a pattern: `path("users/", ..)`, `re_path("^users/$", ..)`.
    #[serde(default)]
    pub relative: bool,
    /// Its handler is a class with methods named by what they do: `list`, `retrieve`.
    #[serde(default)]
    pub actions: bool,
    /// What a class given here is when its own bases are unknown: it could not be given otherwise.
    #[serde(default)]
    pub class: Option<String>,
    /// The type of what the handler is given as its first parameter, known without an annotation; `self` is what the call is made on,
    /// or makes.
    #[serde(default)]
    pub gives: Option<String>,
}

/// Puts routes into what it is called on, or into what it makes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mount {
    /// The path they get.
    #[serde(default)]
    pub path: Option<Argument>,
    /// The routes.
    pub routes: Argument,
    /// So are all arguments behind them that have no name.
    #[serde(default)]
    pub all: bool,
    /// The path takes the place of the one that the routes have of their own.
    #[serde(default)]
    pub replaces: bool,
}

/// Makes something that routes are put into.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gathers {
    /// What the paths of its routes begin with.
    pub path: Argument,
    /// Without it, they begin with this name.
    #[serde(default)]
    pub named: Option<Argument>,
    /// It lies in this.
    #[serde(default)]
    pub within: Option<Argument>,
}

/// Accepts `"a"` and `["a", "b"]`.
pub(super) fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    // By hand: an untagged enum is buffered, tried and tried again, and every run reads thousands of these.
    struct OneOrMany;
    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a text or a list of texts")
        }

        fn visit_str<E>(self, one: &str) -> Result<Self::Value, E> {
            Ok(vec![one.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut many: A) -> Result<Self::Value, A::Error> {
            let mut names = Vec::new();
            while let Some(name) = many.next_element()? {
                names.push(name);
            }
            Ok(names)
        }
    }
    deserializer.deserialize_any(OneOrMany)
}
