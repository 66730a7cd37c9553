//! Registers that a process keeps about its callers: open connections to them, and how often they asked of late.

use super::slots::{Use, UseKind};
use crate::facts::{Construct, Literal, OpId, OpKind, Operator};
use crate::link::project::Project;
use crate::link::reach::paths::Reached;
use crate::link::values::flows::taint;
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Slot, TypeRef, Value};
use crate::models::schema::Carries;
use crate::models::{EntryKind, Role};

impl Project {
    /// Whether a place holds open connections to clients, by its type or by what requests put into it.
    pub(crate) fn keeps_clients(&self, slot: Slot, uses: &[Use]) -> bool {
        let held = self.slot_value(slot).ty();
        let by_type =
            held.is_some_and(|ty| [ty.first, ty.second].into_iter().flatten().any(|held| self.leads_to(held, Carries::Client)));
        by_type || {
            let named = names_listeners(&self.slot_name(slot));
            let puts = |used: &&Use| matches!(used.kind, UseKind::Write | UseKind::GetOrAdd);
            uses.iter().filter(puts).any(|used| {
                let given = self.given_to(used);
                let values = if given.is_empty() { Values::none() } else { self.values(used.function) };
                given.into_iter().any(|op| self.is_client(used.function, op, values[op.index()], named))
            })
        }
    }

    fn is_client(&self, function: FnId, op: OpId, value: Value, named: bool) -> bool {
        let leads =
            |to| value.ty().is_some_and(|ty| self.leads_to(ty.base, to) || ty.first.is_some_and(|held| self.leads_to(held, to)));
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let called_socket = || match facts.op(op).kind {
            OpKind::Name(name) => matches!(self.files().name(file, name), "websocket" | "ws" | "web_socket"),
            _ => false,
        };
        leads(Carries::Client) || named && (leads(Carries::Task) || !value.is_known() && called_socket())
    }

    /// Whether an entry keeps the connection of one client for as long as that lasts: a websocket is among its parameters.
    #[must_use]
    pub fn holds_socket(&self, reached: &Reached) -> bool {
        reached.functions.first().is_some_and(|&entry| self.takes_socket(entry))
    }

    /// Whether the connection of one client is among the parameters of an entry.
    pub(crate) fn takes_socket(&self, entry: FnId) -> bool {
        let params = self.facts(entry).params.len();
        self.values(entry).iter().take(params).any(|value| value.ty().is_some_and(|ty| self.leads_to(ty.base, Carries::Client)))
    }

    fn leads_to(&self, ty: TypeRef, whom: Carries) -> bool {
        match ty {
            TypeRef::Model(model) => self.models().lineage(model).any(|ty| ty.carries == Some(whom)),
            // An object that keeps one: `Peer { sender }`.
            TypeRef::Project(class) => self.classes.all[class.index()].fields.values().any(|&field| {
                let held = self.state.field(field).model_type();
                held.is_some_and(|model| self.models().lineage(model).any(|ty| ty.carries == Some(whom)))
            }),
        }
    }

    /// What a use puts into its place.
    fn given_to(&self, used: &Use) -> Vec<OpId> {
        let facts = self.facts(used.function);
        match facts.op(used.op).kind {
            OpKind::Store { value, .. } => vec![value],
            OpKind::Call { args, .. } => {
                let mut given: Vec<OpId> = facts.list(args).iter().map(|arg| arg.value).collect();
                // `rooms.setdefault(room, set()).add(socket)`: what the entry gets, new or not.
                if used.kind == UseKind::GetOrAdd {
                    let (file, _) = self.files().locate(used.function);
                    let added = facts.ops.iter().filter_map(|op| match op.kind {
                        OpKind::Call { callee, args } => match facts.op(callee).kind {
                            OpKind::Attribute(base, name) if base == used.op => {
                                self.models().is_changing_method(self.files().name(file, name)).then_some(args)
                            }
                            _ => None,
                        },
                        _ => None,
                    });
                    given.extend(added.flat_map(|args| facts.list(args).iter().map(|arg| arg.value)));
                }
                given
            }
            _ => Vec::new(),
        }
    }

    /// Whether requests send to all, or to others, that a place holds: then those who are connected elsewhere hear nothing.
    #[must_use]
    pub fn broadcasts_to(&self, slot: Slot) -> bool {
        let uses = self.slots().uses(slot);
        let registers = |function: FnId| uses.iter().any(|used| used.function == function && used.kind == UseKind::Write);
        self.readers(slot, uses).into_iter().any(|reader| {
            let facts = self.facts(reader);
            let looks = self.looked_at(reader, slot);
            let tainted = taint(facts, |at| looks.contains(&at));
            let goes_over = facts.regions.iter().any(|region| match region.kind {
                crate::facts::RegionKind::Loop { over: Some(over), .. } => tainted[over.index()],
                _ => false,
            });
            let fetches = facts.ops.iter().any(|op| match op.kind {
                OpKind::Index(base, _) => tainted[base.index()],
                _ => false,
            }) || uses.iter().any(|used| used.function == reader && used.kind == UseKind::Read);
            let (file, _) = self.files().locate(reader);
            // Who picks out some by a helper beside it sends to those.
            let beside = |function: &FnId| self.files().locate(*function).0 == file;
            let sends =
                std::iter::once(reader).chain(self.graph.to(reader).map(|edge| edge.caller).filter(beside)).any(|function| {
                    self.facts(function).ops.iter().any(|op| match op.kind {
                        OpKind::Attribute(_, name) => says_send(self.files().name(file, name)),
                        _ => false,
                    })
                });
            let is_hot = self.is_reached(reader, EntryKind::Request);
            is_hot && sends && (goes_over || fetches && !registers(reader))
        })
    }

    /// Whether clients are told something that not only the one who asked gets: `server.emit("news", data)`, and not
    /// `server.emit("answer", data, to=sid)`.
    #[must_use]
    pub fn tells_all_clients(&self) -> bool {
        self.functions().filter(|&function| !self.is_test(function) && !self.is_script(function)).any(|function| {
            let facts = self.facts(function);
            let (file, _) = self.files().locate(function);
            let word = |name| self.files().name(file, name);
            let says_sender = |op: OpId| match facts.op(op).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => matches!(word(name), "sid" | "session_id" | "socket_id"),
                _ => false,
            };
            facts.ops.iter().any(|op| {
                let OpKind::Call { callee, args } = op.kind else { return false };
                let (name, on_server) = match facts.op(callee).kind {
                    OpKind::Name(name) => (name, false),
                    OpKind::Attribute(base, name) => {
                        let held = self.values(function)[base.index()].model_type();
                        let server = held
                            .and_then(|ty| self.models().ty(ty).new)
                            .is_some_and(|act| self.act(act).behaviour.role == Some(Role::ClientServer));
                        if !server {
                            return false;
                        }
                        (name, true)
                    }
                    _ => return false,
                };
                let arg = |names: &[&str]| {
                    facts
                        .list(args)
                        .iter()
                        .find(|arg| arg.name.is_some_and(|name| names.contains(&word(name))))
                        .map(|arg| arg.value)
                };
                let to = arg(&["to", "room"]);
                let wide = if on_server {
                    to.is_none_or(|to| !says_sender(to))
                } else {
                    arg(&["broadcast"]).is_some() || to.is_some_and(|to| !says_sender(to))
                };
                matches!(word(name), "emit" | "send") && wide
            })
        })
    }

    /// Whether something carries messages between the instances: then each may serve its own connections.
    #[must_use]
    pub fn has_shared_bus(&self) -> bool {
        self.sites(Role::Publish).any(|site| !self.is_test(site.function))
    }

    /// Whether a place says how often each caller asked of late, and refuses those who asked too often.
    pub(crate) fn is_limiter(&self, slot: Slot, uses: &[Use]) -> bool {
        let name = self.slot_name(slot);
        let writers =
            uses.iter().filter(|used| matches!(used.kind, UseKind::Write | UseKind::GetOrAdd | UseKind::Count | UseKind::Lower));
        let mut functions: Vec<FnId> = writers.map(|used| used.function).collect();
        functions.dedup();
        functions.into_iter().any(|function| {
            let named = says_limit(&name) || says_limit(&self.function_name(function)) || self.answers_too_many(function);
            named && self.asks_the_clock(function) && self.compares(function, slot)
        })
    }

    /// Whether a function, or what calls it, answers `429 Too Many Requests`.
    fn answers_too_many(&self, function: FnId) -> bool {
        let says = |function: FnId| {
            let (file, _) = self.files().locate(function);
            let facts = self.facts(function);
            let is_answer = |at: OpId| facts.ops.iter().any(|op| matches!(op.kind, OpKind::Return(value) if value == at));
            // `if response.status == 429`, `status_forcelist=[429, 503]`: another service says so.
            let compared = |at: OpId| {
                facts.tape().any(|(listing, op)| match op.kind {
                    OpKind::Operate(_, left, right) => left == at || right == at,
                    OpKind::Construct(Construct::List | Construct::Set | Construct::Tuple, parts) => {
                        !is_answer(listing) && facts.list(parts).iter().any(|part| part.value == at)
                    }
                    _ => false,
                })
            };
            facts.tape().any(|(at, op)| match op.kind {
                OpKind::Literal(Literal::Int(429)) => !compared(at),
                OpKind::Attribute(_, name) => {
                    self.files().name(file, name).to_ascii_uppercase().contains("TOO_MANY_REQUESTS") && !compared(at)
                }
                _ => false,
            })
        };
        says(function) || self.graph.to(function).any(|edge| says(edge.caller))
    }

    fn asks_the_clock(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => {
                    matches!(
                        self.files().name(file, name),
                        "time" | "monotonic" | "now" | "utcnow" | "perf_counter" | "elapsed" | "timestamp"
                    )
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether what a place holds, or how much, is held against a bound.
    fn compares(&self, function: FnId, slot: Slot) -> bool {
        let facts = self.facts(function);
        let looks = self.looked_at(function, slot);
        let tainted = taint(facts, |at| looks.contains(&at));
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Operate(Operator::Order, left, right) => tainted[left.index()] || tainted[right.index()],
            _ => false,
        })
    }
}

/// Methods by which something is given to who holds the other end.
fn says_send(name: &str) -> bool {
    ["send", "put", "write", "emit", "push", "publish"].iter().any(|word| name.split('_').any(|part| part == *word))
}

/// Whether proven shape is meant as a limit, by a word of its name; this decides which rule speaks.
fn says_limit(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["limit", "ratelimit", "throttl", "attempt", "quota", "cooldown", "flood"]
        .iter()
        .any(|word| name.split(['.', ':', '_']).any(|part| part.starts_with(word)))
}

/// Whether a register's name says that those in it listen.
fn names_listeners(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "client",
        "subscriber",
        "listener",
        "connection",
        "peer",
        "socket",
        "sse",
        "websocket",
        "ws",
        "participant",
        "viewer",
        "session",
    ]
    .iter()
    .any(|word| name.split(['.', ':', '_']).any(|part| part == *word || part.strip_suffix('s') == Some(word)))
}
