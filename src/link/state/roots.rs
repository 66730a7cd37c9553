//! On which disk does a path begin? Beside the code, on that of this instance; where a setting says, it may be a volume of all.

use crate::facts::{Construct, Function, Literal, NameId, OpId, OpKind, Operator, Target};
use crate::finding::Confidence;
use crate::link::project::Project;
use crate::link::values::flows::last_store;
use crate::link::values::value::{FnId, Kind};

/// How many steps a path is followed back.
const STEPS: u32 = 32;

/// Names of the folder that the code lies in, as frameworks and projects call it.
const CODE_FOLDERS: [&str; 9] =
    ["__file__", "root_path", "static_folder", "instance_path", "base_dir", "basedir", "project_root", "app_root", "getcwd"];

/// Functions that give the path which they are given, or one that begins with it.
const SAME_PATH: [&str; 16] = [
    "join",
    "joinpath",
    "Path",
    "PurePath",
    "PathBuf",
    "new",
    "from",
    "abspath",
    "normpath",
    "realpath",
    "resolve",
    "absolute",
    "str",
    "expanduser",
    "to_path_buf",
    "fspath",
];

impl Project {
    /// How sure it is that a path lies on the disk of this instance: high where the code says its beginning, low where a setting, the
    /// environment or a caller does.
    pub(super) fn is_on_own_disk(&self, function: FnId, path: OpId) -> Confidence {
        let (mut function, mut at) = (function, path);
        for _ in 0..STEPS {
            let facts = self.facts(function);
            let (file, _) = self.files().locate(function);
            let text = |name: NameId| self.files().name(file, name);
            let is_code = |name: &str| CODE_FOLDERS.contains(&name.to_ascii_lowercase().as_str());
            at = match facts.op(at).kind {
                OpKind::Literal(_) => return Confidence::High,
                OpKind::Name(name) | OpKind::Attribute(_, name) if is_code(text(name)) => return Confidence::High,
                OpKind::Name(name) => match last_store(facts, name, at) {
                    Some(stored) => stored,
                    None if facts.params.iter().any(|param| param.name == name) => return Confidence::Low,
                    None => match self.in_module(function, name) {
                        Some((module, stored)) => {
                            function = module;
                            stored
                        }
                        None => return Confidence::Low,
                    },
                },
                // What an object was made with.
                OpKind::Attribute(base, _) => match facts.op(base).kind {
                    OpKind::Name(_) if self.values(function)[base.index()].param == Some(0) => return Confidence::Medium,
                    OpKind::Call { .. } | OpKind::Attribute(..) | OpKind::Name(_) if leads_up(text, facts, at) => base,
                    _ => return Confidence::Low,
                },
                OpKind::Call { callee, args } => {
                    if let Kind::Function(_) = self.values(function)[callee.index()].kind {
                        return Confidence::Medium;
                    }
                    let first = facts.list(args).first().map(|arg| arg.value);
                    match facts.op(callee).kind {
                        OpKind::Name(name) | OpKind::Attribute(_, name) if is_code(text(name)) => return Confidence::High,
                        // `folder.join(name)`, and `os.path.join(folder, name)`
                        OpKind::Attribute(base, name) if SAME_PATH.contains(&text(name)) && !is_module(text, facts, base) => base,
                        OpKind::Name(name) | OpKind::Attribute(_, name) if SAME_PATH.contains(&text(name)) => match first {
                            Some(first) => first,
                            None => return Confidence::High,
                        },
                        // `os.getenv("UPLOADS", "uploads")`: nobody is seen to say otherwise.
                        _ => match facts.list(args).get(1).map(|arg| facts.op(arg.value).kind) {
                            Some(OpKind::Literal(Literal::Text(_))) => return Confidence::Medium,
                            _ => return Confidence::Low,
                        },
                    }
                }
                OpKind::Operate(Operator::Add | Operator::Arithmetic | Operator::Modulo, left, _) => left,
                OpKind::Construct(Construct::Text, parts) => match facts.list(parts).first() {
                    Some(part) => part.value,
                    None => return Confidence::High,
                },
                // `path if given else None`
                OpKind::Choose(parts) => {
                    let none = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(Literal::None));
                    match facts.list(parts).iter().map(|part| part.value).find(|&part| !none(part)) {
                        Some(part) => part,
                        None => return Confidence::Low,
                    }
                }
                OpKind::Index(_, key) => match facts.op(key).kind {
                    OpKind::Literal(Literal::Text(name)) if is_code(text(name)) => return Confidence::High,
                    _ => return Confidence::Low,
                },
                OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => of,
                _ => return Confidence::Low,
            };
        }
        Confidence::Low
    }

    /// What the body of a function's module stores under a name.
    fn in_module(&self, function: FnId, name: NameId) -> Option<(FnId, OpId)> {
        let module = self.module_body(self.files().locate(function).0);
        let stored = self.facts(module).ops.iter().find_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(stored), value, .. } if stored == name => Some(value),
            _ => None,
        });
        stored.filter(|_| module != function).map(|stored| (module, stored))
    }
}

/// `path.parent`: of what it is asked, it is the folder.
fn leads_up<'t>(text: impl Fn(NameId) -> &'t str, facts: &Function, at: OpId) -> bool {
    matches!(facts.op(at).kind, OpKind::Attribute(_, name) if matches!(text(name), "parent" | "parents"))
}

/// `os.path`, `Path`, `std::path::PathBuf`: no path, but what makes one.
fn is_module<'t>(text: impl Fn(NameId) -> &'t str, facts: &Function, op: OpId) -> bool {
    match facts.op(op).kind {
        OpKind::Name(name) | OpKind::Attribute(_, name) => matches!(text(name), "os" | "path" | "Path" | "PathBuf" | "posixpath"),
        OpKind::Literal(Literal::Text(_)) => true,
        _ => false,
    }
}
