//! The written form of a library model: named fields, unknown ones refused, so that a typo is an error and not silence.
//!
//! Shared with `build.rs`, which checks every built-in model and packs them into the program; it therefore uses nothing but serde.
//! A model file describes one library. Paths are written as its users write them (`requests.get`, `sqlx::query`).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

// By path, since `build.rs` includes this file from elsewhere.
#[path = "schema/parts.rs"]
mod parts;
#[path = "schema/vocabulary.rs"]
mod vocabulary;

use parts::one_or_many;
#[allow(unused_imports, reason = "`build.rs` reads models without naming every part")]
pub use parts::{
    Argument, Carries, ColumnModel, Entry, Gathers, Lists, Mount, NamedTimeout, ParameterModel, RelationModel, Renders,
    ReverseModel, SizedByClient, TableModel, Timeout, TimeoutDefault,
};
pub use vocabulary::{EntryKind, Holding, Parameter, Resource, Role, Trait};

/// What one library does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelFile {
    /// Name in lock and requirement files: `psycopg2-binary` is listed under `also-packaged-as`.
    pub package: String,
    /// Language of a user's own model (`python`, `rust`); built-in ones are told by their folder.
    #[serde(default)]
    pub language: Option<String>,
    /// Other distribution names with the same modules.
    #[serde(default)]
    pub also_packaged_as: Vec<String>,
    /// What to do instead, in this library's terms, by role; used as the help of a finding.
    #[serde(default)]
    pub advice: BTreeMap<Role, String>,
    /// Its calls that wait or work keep their thread until they are done. The text says what code on an event loop does instead.
    #[serde(default)]
    pub blocks: Option<String>,
    /// Module paths that mean the same as another: `"httpx2" = "httpx"`.
    #[serde(default)]
    pub alias: BTreeMap<String, String>,
    /// Functions (and classes of which only the construction matters).
    #[serde(default)]
    pub call: Vec<Arc<Behaviour>>,
    /// Types, with their methods.
    #[serde(default, rename = "type")]
    pub types: Vec<TypeModel>,
    /// Methods that an imported trait or mixin adds to values whose type is not known.
    #[serde(default)]
    pub extension: Vec<ExtensionModel>,
    /// Entry points made by implementing a trait.
    #[serde(default)]
    pub implement: Vec<ImplementModel>,
    /// Entry points that the platform finds by their name.
    #[serde(default)]
    pub convention: Vec<ConventionModel>,
    /// Values of settings that say something (Django's `REST_FRAMEWORK["DEFAULT_PAGINATION_CLASS"]`).
    #[serde(default)]
    pub setting: Vec<SettingModel>,
    /// Code that shows each entry at work; `tests/models.rs` runs it.
    #[serde(default)]
    pub example: Vec<Example>,
}

/// A piece of code with its expected reading: a trailing comment on a line names roles, `none` for no role at all, and facts such
/// as `timeout none`, `timeout 5`, `limited`, `entry request GET /users`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// The code.
    pub code: String,
    /// Versions it is read with, such as `{ redis = "7.4.0" }`.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
}

/// What a call means. There are thousands, most of them short: what few of them say is kept apart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// Qualified names, for `[[call]]` only; methods are named by their key.
    #[serde(default, deserialize_with = "one_or_many")]
    pub name: Vec<String>,
    /// Its role.
    #[serde(default)]
    pub role: Option<Role>,
    /// Further roles, for calls that are more than one thing (`queue.enqueue` and `mail.send`).
    #[serde(default)]
    pub also: Vec<Role>,
    /// Arguments that rules ask about: `parameter.capacity = { argument = "maxsize", position = 0, default = 0 }`.
    #[serde(default)]
    pub parameter: BTreeMap<Parameter, ParameterModel>,
    /// What kind of thing it connects to.
    #[serde(default)]
    pub kind: Option<Resource>,
    /// The value it gives; see [`crate::models`] for the notation.
    #[serde(default)]
    pub returns: Option<String>,
    /// What the result is known to be.
    #[serde(default)]
    pub adds: Vec<Trait>,
    /// What the result is known to be when a named argument is given and not false: `{ nx = ["claimed"] }`.
    #[serde(default)]
    pub adds_when: BTreeMap<String, Vec<Trait>>,
    /// What the result is known to be when the receiver is known to be something: `{ projected = ["filtered"] }`.
    #[serde(default)]
    pub adds_after: BTreeMap<Trait, Vec<Trait>>,
    /// What the receiver is known to be afterwards (`session.mount(..)`, `&mut` builders).
    #[serde(default)]
    pub receiver_adds: Vec<Trait>,
    /// How long it may take.
    #[serde(default)]
    pub timeout: Option<Box<Timeout>>,
    /// The argument that holds SQL text; the role then follows the text.
    #[serde(default)]
    pub sql: Option<Argument>,
    /// The argument that limits the number of rows (unless it is `None` or 0).
    #[serde(default)]
    pub limit: Option<Argument>,
    /// The argument that makes rows arrive piece by piece, when given.
    #[serde(default)]
    pub stream: Option<Argument>,
    /// Its arguments are conditions: named ones (`pk=`) and comparisons decide whether it filters by a unique key.
    #[serde(default)]
    pub filter: bool,
    /// The one argument that is the whole condition, as a document: `find({"owner": owner})`; left out or empty, it is none.
    #[serde(default)]
    pub condition: Option<Argument>,
    /// Without this argument it does nothing yet, and has no role.
    #[serde(default)]
    pub needs: Option<Argument>,
    /// Named arguments that, when given, take the role away (`connection_pool=`).
    #[serde(default)]
    pub unless: Vec<String>,
    /// Arguments that are taken without effect when another is given: `{ connection_pool = ["max_connections"] }`.
    #[serde(default)]
    pub ignores: BTreeMap<String, Vec<String>>,
    /// Named argument with constant value that, when given so, takes the role away: `{ stream = true }`.
    #[serde(default)]
    pub unless_value: BTreeMap<String, serde_json::Value>,
    /// It registers code that the platform calls.
    #[serde(default)]
    pub entry: Option<Box<Entry>>,
    /// It puts routes into others, with a path: `.route("/x", get(h))`, `include_router(users, prefix="/users")`.
    #[serde(default)]
    pub mount: Option<Box<Mount>>,
    /// It makes something that routes are put into: `APIRouter(prefix="/users")`, `web::scope("/users")`.
    #[serde(default)]
    pub gathers: Option<Box<Gathers>>,
    /// Entities that it names beside the first come along with the rows: `Book.select(Book, Author).join(Author)`.
    #[serde(default)]
    pub loads_named: bool,
    /// It keeps its thread until it is done; see [`ModelFile::blocks`].
    #[serde(default)]
    pub blocks: Option<String>,
    /// It is the asynchronous flavour in a file or type that blocks.
    #[serde(default)]
    pub awaits: bool,
    /// Its value, as a parameter's default or annotation, is what calling this argument gives (`Depends(f)`).
    #[serde(default)]
    pub injects: Option<Argument>,
    /// The function given to it, or decorated by it, runs at most once (per distinct arguments).
    #[serde(default)]
    pub once: bool,
    /// A decorated function is called by its callers alone, and only when something holds: who asks, with which verb, how often.
    #[serde(default)]
    pub guards: bool,
    /// Functions passed as arguments are called elsewhere, not from here (a signal receiver, `atexit`).
    #[serde(default)]
    pub detached: bool,
    /// Decorated functions are tests or fixtures.
    #[serde(default)]
    pub test: bool,
    /// As the value of an attribute of a class whose bases nobody knows: the type that the class is of.
    #[serde(default)]
    pub declares: Option<String>,
    /// As the value of an entity's field: it leads to rows of another table.
    #[serde(default)]
    pub relation: Option<Box<RelationModel>>,
    /// As a field of what turns rows into answers: it shows rows of another table.
    #[serde(default)]
    pub renders: Option<Box<Renders>>,
    /// As the value of an entity's field: it is a column of the table; as an argument of one, it says more of the column.
    #[serde(default)]
    pub column: Option<Box<ColumnModel>>,
    /// Versions of the package it holds for: `>=8`, `<2.0`, `>=6, <8`. The first entry whose versions fit wins.
    #[serde(default)]
    pub versions: Option<String>,
    /// What to do instead, where it differs from the file's advice for the role.
    #[serde(default)]
    pub advice: Option<String>,
}

impl Behaviour {
    /// Every role it has, the first one first.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        self.role.into_iter().chain(self.also.iter().copied())
    }
}

/// What a type is and does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TypeModel {
    /// Qualified names; the first is the one that messages use.
    #[serde(deserialize_with = "one_or_many")]
    pub name: Vec<String>,
    /// Modelled types whose methods it has too.
    #[serde(default)]
    pub bases: Vec<String>,
    /// What is called on it keeps its thread until it is done; see [`ModelFile::blocks`].
    #[serde(default)]
    pub blocks: Option<String>,
    /// It is the asynchronous flavour: nothing that is called on it blocks, methods of its bases neither.
    #[serde(default)]
    pub awaits: bool,
    /// Constructing it.
    #[serde(default)]
    pub new: Option<Arc<Behaviour>>,
    /// Entering it in a `with`: what it gives, when that is not the value itself.
    #[serde(default)]
    pub enter: Option<String>,
    /// Awaiting it.
    #[serde(default, rename = "await")]
    pub awaited: Option<Arc<Behaviour>>,
    /// Iterating over it (a lazy query runs then).
    #[serde(default)]
    pub iterate: Option<Arc<Behaviour>>,
    /// Indexing or slicing it.
    #[serde(default)]
    pub index: Option<Arc<Behaviour>>,
    /// Methods; several names with one meaning are joined by `|`.
    #[serde(default)]
    pub method: BTreeMap<String, Arc<Behaviour>>,
    /// Attributes: the value each has, in the notation of `returns`.
    #[serde(default)]
    pub field: BTreeMap<String, String>,
    /// A wrapper that behaves as its first type argument (`Arc<T>`, `State<T>`, `Annotated[T, ..]`).
    #[serde(default)]
    pub transparent: bool,
    /// What it wraps or holds lives as long as the process (`axum::extract::State`), and so does what builds on it.
    #[serde(default)]
    pub resident: bool,
    /// Its attributes belong to one request, thread or task (`flask.g`, `threading.local`).
    #[serde(default)]
    pub scoped: bool,
    /// Subclasses deliver what the project sends as mail, each in its own way.
    #[serde(default)]
    pub delivers_mail: bool,
    /// Attributes of subclasses hold what the process was configured with, whoever makes an instance.
    #[serde(default)]
    pub configures: bool,
    /// A field of it keeps what each row was before it was written: writing many rows in one statement would pass it by.
    #[serde(default)]
    pub per_row: bool,
    /// Held data that code can change: what sort.
    #[serde(default)]
    pub holds: Option<Holding>,
    /// Methods of subclasses that the platform calls.
    #[serde(default)]
    pub entry_methods: Vec<EntryMethods>,
    /// Subclasses are tests.
    #[serde(default)]
    pub test: bool,
    /// Class attributes of subclasses declare fields that each instance has for itself.
    #[serde(default)]
    pub record: bool,
    /// Subclasses are rows of a database table.
    #[serde(default)]
    pub entity: bool,
    /// Where subclasses say how their table is named and which keys it has.
    #[serde(default)]
    pub table: Option<TableModel>,
    /// Its table is as long as the code makes it, whoever uses the service.
    #[serde(default)]
    pub fixed: bool,
    /// Who imports it uses signed sessions or tokens.
    #[serde(default)]
    pub signed: bool,
    /// It stands for something of this process: a task, a channel, an open connection.
    #[serde(default)]
    pub handle: bool,
    /// What is given to it reaches somebody: the client of an open connection, or another task of this process.
    #[serde(default)]
    pub carries: Option<Carries>,
    /// Printed as text, it shows the fields of its subclasses; `false` for what hides its content, left out when nobody knows.
    #[serde(default)]
    pub shows: Option<bool>,
    /// Subclasses make rows, from what a client sent, of the table that their inner class names as `model`.
    #[serde(default)]
    pub fills: bool,
    /// Subclasses make rows through the serializer or form that this attribute of theirs names (`serializer_class`).
    #[serde(default)]
    pub fills_by: Option<String>,
    /// Subclasses turn rows into answers; one of them as a field of another shows rows of another table.
    #[serde(default)]
    pub renders: Option<Renders>,
    /// Subclasses answer with a list.
    #[serde(default)]
    pub lists: Option<Lists>,
    /// Subclasses may let the client say how many rows he wants.
    #[serde(default)]
    pub sized_by_client: Option<SizedByClient>,
    /// Attributes that can be set and that nothing reads.
    #[serde(default)]
    pub unread: Vec<String>,
}

/// Methods of subclasses that the platform calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryMethods {
    /// When they run.
    pub kind: EntryKind,
    /// Their names, or how they begin: `resolve_*`; `*` for every public method.
    pub names: Vec<String>,
    /// The type of what they are given first, known without an annotation.
    #[serde(default)]
    pub gives: Option<String>,
    /// Somebody has to name the class for them to be called: a schema, a router.
    #[serde(default)]
    pub mounted: bool,
}

/// Methods that come with an imported trait.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExtensionModel {
    /// Importing one of these (or a glob of its parent) puts the methods in scope.
    #[serde(deserialize_with = "one_or_many")]
    pub import: Vec<String>,
    /// The methods.
    pub method: BTreeMap<String, Arc<Behaviour>>,
}

/// Entry points made by implementing a trait.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImplementModel {
    /// Qualified names of the trait.
    #[serde(default, deserialize_with = "one_or_many")]
    pub interface: Vec<String>,
    /// Attributes on the `impl` block that mark it.
    #[serde(default, deserialize_with = "one_or_many")]
    pub attribute: Vec<String>,
    /// When its methods run.
    pub kind: EntryKind,
}

/// An entry point that the platform finds by its name and parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConventionModel {
    /// Names of module-level functions.
    #[serde(default, deserialize_with = "one_or_many")]
    pub function: Vec<String>,
    /// Names of methods; then the parameters are those of the constructor of their class, whatever its base.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Names that its parameters must have.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// When it runs.
    pub kind: EntryKind,
    /// The platform ends it after a set time.
    #[serde(default)]
    pub bounded: bool,
}

/// A setting of a framework.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettingModel {
    /// Module-level name, with keys after dots: `REST_FRAMEWORK.DEFAULT_PAGINATION_CLASS`.
    pub name: String,
    /// What it says when it has a value of `values` (any value but `None` if empty).
    pub says: Setting,
    /// Values that count; substrings of a constant string.
    #[serde(default)]
    pub values: Vec<String>,
    /// Constants of the library that stand for the name where an item is set: the end of a dotted path.
    #[serde(default)]
    pub constant: Vec<String>,
    /// What to do instead.
    #[serde(default)]
    pub advice: Option<String>,
    /// Module without which nobody reads the setting.
    #[serde(default)]
    pub needs: Option<String>,
}

/// What a setting can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Every list endpoint of the framework is paged.
    PaginatesEndpoints,
    /// Sessions live in the memory of one process.
    MemorySessions,
    /// Sessions live on the local disk.
    FileSessions,
    /// The default cache lives in the memory of one process.
    MemoryCache,
    /// What is told to a group of clients goes to those of one process.
    MemoryChannels,
    /// Sessions live in a cache other than the default one.
    NamedSessionCache,
    /// Jobs are ended after a set time.
    TaskLimit,
    /// Sessions live in the default cache, whatever that is.
    CacheSessions,
    /// What is mailed is only put into a queue.
    QueuedMail,
    /// Requests are limited wherever nothing else is said.
    LimitsRequests,
    /// Jobs count as done only after they have run.
    LateAck,
    /// Counters of a limiter live where this says.
    LimiterStorage,
    /// Requests are limited by counters in the default cache.
    CacheThrottles,
    /// A request whose body is too large is refused.
    LimitsBodies,
    /// Something chooses for each query on which database it runs.
    DatabaseRouter,
}
