//! Roles, values, deadlines and loops in words: what is known of an operation, said the same way in every view.

use crate::facts::{OpId, OpKind, RegionKind};
use crate::link::value::{FnId, Kind, Type, TypeRef, Value};
use crate::link::{Deadlines, Project, Site};
use crate::models::{Resource, Role, Trait};
use crate::source::LineIndex;

/// Characters of a text that are shown.
const MOST: usize = 60;

/// What an operation of this role is, for people; none for what only shapes a value.
pub(crate) fn role(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Execute | Role::FetchMany | Role::CursorAll => "database query",
        Role::FetchOne | Role::CursorOne => "database query for one row",
        Role::FetchStream => "database query, row by row",
        Role::Write | Role::WriteBatch => "database write",
        Role::Commit => "database commit",
        Role::HttpRequest => "http request",
        Role::RpcCall => "remote procedure call",
        Role::SdkCall => "call of a cloud service",
        Role::MailSend => "mail",
        Role::Charge => "payment",
        Role::Connect => "opens a connection",
        Role::Pool | Role::Unpooled => "makes a pool",
        Role::Borrow => "borrows a connection",
        Role::HttpClient => "makes an http client",
        Role::SdkClient => "makes a client of a cloud service",
        Role::CacheRead => "cache read",
        Role::CacheWrite | Role::CacheBatch | Role::CacheFill | Role::CacheAdd | Role::CacheExpire => "cache write",
        Role::CacheClear => "cache removal",
        Role::Enqueue => "puts a job into a queue",
        Role::Publish => "publishes to other instances",
        Role::Receive | Role::Consume => "takes from a queue",
        Role::AwaitJob => "waits for a job of a queue",
        Role::LockShared => "lock that all instances see",
        Role::LockLocal => "lock of this process",
        Role::Sleep => "waits",
        Role::StateWrite | Role::StateGetOrAdd | Role::StateRemove => "changes state",
        Role::FileOpen => "opens a file",
        Role::FileWrite => "writes a file",
        Role::FileRemove => "removes a file",
        Role::FileTemporary => "makes a temporary file",
        Role::ReadWhole => "reads it whole",
        Role::Spawn | Role::Branch => "starts work beside it",
        Role::FanOut => "starts all of it at once",
        Role::RunProgram => "runs a program",
        Role::RenderDocument => "renders a document",
        Role::ProcessImage | Role::ProcessMedia => "computes on media",
        Role::PackArchive => "packs an archive",
        Role::ProcessTable => "computes on tables",
        Role::LoadModel => "loads a model",
        Role::TrainModel => "trains a model",
        Role::HashPassword => "hashes a password",
        Role::Migrate => "changes the schema",
        Role::Schedule | Role::Scheduler => "scheduler of this process",
        Role::RetryJob => "asks for another run",
        _ => return None,
    })
}

/// How an operation that waits for somebody else ends; none for what waits for nobody.
pub(crate) fn wait(project: &Project, site: &Site<'_>) -> Option<&'static str> {
    if site.act.behaviour.timeout.is_none() && site.deadlines() == Deadlines::Unknown {
        return None;
    }
    Some(match site.deadlines() {
        Deadlines::Acceptable => "has a deadline",
        _ if project.has_deadline(site.function, site.op) => "has a deadline around it",
        Deadlines::Late => "may wait too long",
        Deadlines::Never => "has no deadline",
        Deadlines::Unknown => "deadline not known",
    })
}

/// To whom a call leads.
pub(crate) fn resource(kind: Resource) -> &'static str {
    match kind {
        Resource::Database | Resource::DocumentDatabase => "database",
        Resource::FileDatabase => "database in a file",
        Resource::Cache => "cache",
        Resource::Broker => "message broker",
        Resource::Rpc => "rpc server",
        Resource::Mail => "mail server",
        Resource::Http => "http server",
        Resource::Cloud => "cloud service",
        Resource::Search => "search engine",
    }
}

/// The innermost loop around an operation, in its own function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looped {
    /// 1-based line of its head.
    pub line: usize,
    /// What it goes over grows with the data, for all that is known.
    pub over_data: bool,
}

impl Looped {
    pub(crate) fn words(self) -> &'static str {
        if self.over_data { "in a loop over data" } else { "in a loop" }
    }
}

/// Whether an operation is repeated where it stands.
pub(crate) fn looped(project: &Project, function: FnId, op: OpId) -> Option<Looped> {
    let facts = project.facts(function);
    // Running through a query is one query, however many rows its loop sees.
    let own = match facts.op(op).kind {
        OpKind::Element(of) => Some(of),
        _ => None,
    };
    let region = facts.regions_around(op).find(|region| match region.kind {
        RegionKind::Loop { over, .. } => over.is_none() || over != own,
        _ => false,
    })?;
    let (file, _) = project.files().locate(function);
    let line = LineIndex::new(&project.files().get(file).text).line(region.span.start) + 1;
    Some(Looped { line, over_data: project.loops_over_data(function, op) })
}

/// What is known of a value; none where nothing is.
pub(crate) fn value(project: &Project, value: &Value) -> Option<String> {
    let what = match value.kind {
        Kind::Bottom | Kind::Unknown | Kind::Any | Kind::Constant => return None,
        Kind::None => "none".to_owned(),
        Kind::Bool(is) => is.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Text(file, name) => format!("{:?}", short(project.files().name(file, name))),
        Kind::AnyText => "a text made at run time".to_owned(),
        Kind::Module(_) | Kind::Folder(_) => "a module".to_owned(),
        Kind::External(node) => {
            let models = project.models();
            let named = models.call_at(node).map(|act| models.act(act).name.clone());
            named.or_else(|| models.type_at(node).map(|ty| models.ty(ty).name.clone()))?
        }
        Kind::Function(function) => format!("the function {}", project.function_name(function)),
        Kind::Class(ty) => format!("the class {}", type_name(project, ty)),
        Kind::Instance(ty) => type_name(project, ty),
    };
    let traits: Vec<&str> = Trait::ALL.iter().filter(|which| value.has(**which)).map(|which| which.name()).collect();
    let known = if traits.is_empty() { what } else { format!("{what} ({})", traits.join(", ")) };
    Some(if value.inferred { format!("{known}, inferred") } else { known })
}

fn type_name(project: &Project, ty: Type) -> String {
    let name = |base: TypeRef| match base {
        TypeRef::Project(class) => project.class_name(class),
        TypeRef::Model(id) => project.models().ty(id).name.clone(),
    };
    let arguments: Vec<String> = ty.first.into_iter().chain(ty.second).map(name).collect();
    let base = name(ty.base);
    if arguments.is_empty() { base } else { format!("{base}<{}>", arguments.join(", ")) }
}

/// The beginning of a text, on one line.
pub(crate) fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Path and 1-based line of an operation, for people: not yet safe to print.
pub(crate) fn at(project: &Project, function: FnId, op: OpId) -> (String, usize) {
    place(project, project.place(function, op))
}

/// The same of any place in the analysed files.
pub(crate) fn place(project: &Project, place: crate::finding::Place) -> (String, usize) {
    match project.files().list().get(place.file.index()) {
        Some(data) => (data.path.clone(), LineIndex::new(&data.text).line(place.span.start) + 1),
        // Facts that the configuration states.
        None => ("the configuration".to_owned(), 1),
    }
}
