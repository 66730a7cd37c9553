//! What settings say: constants under known names, at module level or in an application's configuration.

use crate::facts::{Construct, Function, FunctionId, FunctionKind, Import, Literal, OpId, OpKind, Target};
use crate::finding::{FileId, Place};
use crate::lang::Language;
use crate::link::FileData;
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{FnId, Kind, Slot};
use crate::models::schema::{Setting, SettingModel};
use crate::models::{EntryKind, ModelTypeId};
use crate::walk::folder_of;
use rustc_hash::{FxHashMap, FxHashSet};

/// Functions of more operations are tables, or made by a program: what their variables hold is not looked for, once per call.
const LONG: usize = 4096;

/// How far back along a builder an address is looked for.
const CHAIN: usize = 16;

/// Words of modules that hold the settings of one deployment.
const OWN_SETTINGS: [&str; 7] = ["settings", "local", "localsettings", "config", "secrets", "overrides", "private"];

/// The name of a module's file, or of its folder for a package.
fn stem_of(path: &str) -> &str {
    let module = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py")).unwrap_or(path);
    module.rsplit('/').next().unwrap_or(module)
}

/// A value given to a setting.
struct Said {
    place: Place,
    /// Its text, when that is a constant.
    text: Option<String>,
    /// It only holds where the environment gives none.
    otherwise: bool,
}

impl Project {
    /// Whether some file of the application whose key is set in `file` imports what signs sessions, tokens or forms; else the
    /// key is drawn for nobody. A file that makes the application has it around itself; settings may be for any.
    #[must_use]
    pub fn signs(&self, file: FileId) -> bool {
        let imports = |data: &FileData, wanted: &dyn Fn(ModelTypeId) -> bool| {
            let models = self.models();
            data.facts.imports.iter().any(|import| {
                let mut node = Some(models.root(data.language));
                import.path.iter().any(|&segment| {
                    node = node.and_then(|node| models.child(node, data.facts.names.get(segment)));
                    node.and_then(|node| models.type_at(node)).is_some_and(wanted)
                })
            })
        };
        let own = self.files().get(file);
        let folder = folder_of(&own.path);
        let around = if imports(own, &|ty| self.is_application(ty)) { folder } else { "" };
        let belongs =
            |data: &FileData| data.path.starts_with(around) && super::surroundings::purpose(&data.path) != Some(EntryKind::Test);
        self.files().iter().any(|(_, data)| belongs(data) && imports(data, &|ty| self.models().ty(ty).signed))
    }

    /// Where code imports what belongs to one client and is signed: a session that the client keeps itself.
    pub(crate) fn signed_sessions(&self) -> Vec<Place> {
        let models = self.models();
        let is_session = |data: &FileData, import: &Import| {
            let names = import.path.iter().map(|&segment| data.facts.names.get(segment));
            let node = names.into_iter().try_fold(models.root(data.language), |node, name| models.child(node, name));
            node.and_then(|node| models.type_at(node)).map(|ty| models.ty(ty)).is_some_and(|ty| ty.signed && ty.scoped)
        };
        let in_file = |(file, data): (FileId, &FileData)| {
            let imports = data.facts.imports.iter().filter(|import| is_session(data, import));
            imports.map(|import| Place { file, span: import.span }).collect::<Vec<_>>()
        };
        self.files().iter().flat_map(in_file).collect()
    }

    /// Whether some settings file says `what`; with the place where it does, and the setting's name.
    #[must_use]
    pub fn setting(&self, what: Setting) -> Option<(Place, String)> {
        self.settings_that_say(what).find(|(said, _)| !said.otherwise).map(|(said, model)| (said.place, model.name.clone()))
    }

    /// What models advise where a setting says `what`.
    #[must_use]
    pub fn setting_advice(&self, what: Setting) -> Option<&str> {
        self.models().settings().iter().filter(|model| model.says == what).find_map(|model| model.advice.as_deref())
    }

    /// Whether a settings file says `what`, be it only as what holds where the environment gives nothing:
    /// `os.getenv("EMAIL_BACKEND", "..")`.
    #[must_use]
    pub fn is_set_or_default(&self, what: Setting) -> bool {
        self.settings_that_say(what).next().is_some()
    }

    fn settings_that_say(&self, what: Setting) -> impl Iterator<Item = (Said, &SettingModel)> {
        let models = self.models().settings().iter().filter(move |model| model.says == what);
        let read = models.filter(|model| model.needs.as_ref().is_none_or(|module| self.is_imported(module)));
        read.flat_map(|model| self.setting_values(&model.name, &model.constant).map(move |said| (said, model))).filter(
            |(said, model)| {
                model.values.is_empty()
                    || said.text.as_ref().is_some_and(|text| model.values.iter().any(|value| text.ends_with(value.as_str())))
            },
        )
    }

    /// Whether some file of the service imports a module.
    fn is_imported(&self, module: &str) -> bool {
        self.files().iter().any(|(_, data)| {
            let names = |import: &Import| import.path.first().is_some_and(|&first| data.facts.names.get(first) == module);
            super::surroundings::purpose(&data.path) != Some(EntryKind::Test) && data.facts.imports.iter().any(names)
        })
    }

    /// Whether other settings, not those for developing, give `name` another value than the one at `place`, under whatever
    /// condition, or bring in values that are not written down: `CACHES = ..`, `vars().update(read(path))`.
    #[must_use]
    pub fn is_set_anew(&self, place: Place, name: &str) -> bool {
        let head = name.split('.').next().unwrap_or(name);
        let own = self.files().get(place.file);
        let folder = folder_of(&own.path);
        let beside = |data: &FileData| folder_of(&data.path) == folder;
        let mut others = self.files().iter().filter(|(_, data)| {
            data.language == Language::Python && beside(data) && !super::surroundings::is_for_development(&data.path)
        });
        others.any(|(file, data)| {
            let body = &data.facts.functions[0];
            let is_name = |op: OpId, name: &str| matches!(body.op(op).kind, OpKind::Name(id) if data.facts.names.get(id) == name);
            body.ops.iter().any(|op| match op.kind {
                OpKind::Store { target: Target::Name(id), value, .. } => {
                    let own = file == place.file
                        && body.op(value).span.start <= place.span.start
                        && place.span.end <= body.op(value).span.end;
                    data.facts.names.get(id) == head && !own
                }
                OpKind::Call { callee, .. } => match body.op(callee).kind {
                    OpKind::Attribute(base, method) if data.facts.names.get(method) == "update" => match body.op(base).kind {
                        OpKind::Call { callee, .. } => ["vars", "globals", "locals"].iter().any(|scope| is_name(callee, scope)),
                        _ => false,
                    },
                    _ => false,
                },
                _ => false,
            })
        })
    }

    /// Whether settings that are not in the tree are brought in below an operation of a module, and may replace what it says:
    /// `from .local_settings import *`.
    #[must_use]
    pub(crate) fn may_be_replaced(&self, function: FnId, op: OpId) -> bool {
        let (file, _) = self.files().locate(function);
        let data = self.files().get(file);
        let after = self.facts(function).op(op).span.end;
        let later = data.facts.imports.iter().filter(|import| import.glob && !import.typing_only && import.span.start >= after);
        later.into_iter().any(|import| {
            let Some(&last) = import.path.last() else { return false };
            let name = data.facts.names.get(last);
            let is_there = || {
                let found = self.modules.files_of_import(self.files(), file, import);
                found.iter().any(|&found| stem_of(&self.files().get(found).path) == name)
            };
            name.split('_').any(|word| OWN_SETTINGS.contains(&word)) && !is_there()
        })
    }

    /// Whether some call gives a setting that says `what` by its name: `app.config.update(RATELIMIT_STORAGE_URI=..)`.
    #[must_use]
    pub fn is_set_by_argument(&self, what: Setting) -> bool {
        let wanted: Vec<&str> =
            self.models().settings().iter().filter(|model| model.says == what).map(|model| model.name.as_str()).collect();
        self.files().iter().any(|(_, data)| {
            let named =
                |operand: &crate::facts::Operand| operand.name.is_some_and(|name| wanted.contains(&data.facts.names.get(name)));
            data.language == Language::Python && data.facts.functions.iter().any(|function| function.operands.iter().any(named))
        })
    }

    /// Whether the project puts its own function in the place of the one by which a library sends, with a time limit in it:
    /// `requests.Session.request = with_timeout`.
    #[must_use]
    pub fn sends_with_limit(&self, library: &str) -> bool {
        self.functions().filter(|&function| !self.is_test(function)).any(|function| {
            let facts = self.facts(function);
            let (file, _) = self.files().locate(function);
            let name = |id| self.files().name(file, id);
            let assigned = facts.ops.iter().filter_map(|op| match op.kind {
                OpKind::Store { target: Target::Attribute(base, attribute), value, .. }
                    if matches!(name(attribute), "request" | "send") =>
                {
                    Some((base, value))
                }
                _ => None,
            });
            assigned.into_iter().any(|(base, value)| {
                let values = self.values(function);
                let sender = match values[base.index()].kind {
                    Kind::External(node) => self.models().type_at(node),
                    _ => values[base.index()].model_type(),
                };
                let of_library =
                    sender.is_some_and(|ty| self.models().ty(ty).new.is_some_and(|act| self.act(act).library == library));
                of_library && matches!(values[value.index()].kind, Kind::Function(wrapper) if self.says_timeout(wrapper))
            })
        })
    }

    fn says_timeout(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let says = |id| self.files().name(file, id) == "timeout";
        let facts = self.facts(function);
        facts.params.iter().any(|param| says(param.name))
            || facts.ops.iter().any(|op| match op.kind {
                OpKind::Literal(Literal::Text(text)) => says(text),
                OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.name.is_some_and(says)),
                _ => false,
            })
    }

    /// Whether what a call connects to is on the same machine: a socket file, the loopback address. A setting counts with all its
    /// values in the tree.
    #[must_use]
    pub fn is_on_this_machine(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let name = |id| self.files().name(file, id);
        let is_local = |op: OpId| match facts.op(op).kind {
            _ if self.beginning(site.function, op, 0).is_some_and(|text| is_local_address(&text)) => true,
            OpKind::Name(id) | OpKind::Attribute(_, id) if is_constant_name(name(id)) => {
                let mut values = self.setting_values(name(id), &[]).peekable();
                values.peek().is_some()
                    && values.all(|said| !said.otherwise && said.text.is_some_and(|text| is_local_address(&text)))
            }
            _ => false,
        };
        // The address may be given to an earlier call of a builder: `client.post(url).send()`.
        std::iter::successors(Some(site.op), |&op| chain_base(facts, op)).take(CHAIN).any(|op| match facts.op(op).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| is_local(arg.value)),
            _ => false,
        })
    }

    /// How a text begins, as far as the code says: a constant, `format!("http://{LOOPBACK}:{port}/health")`, a variable that was
    /// just given one.
    pub(crate) fn beginning(&self, function: FnId, op: OpId, depth: u32) -> Option<String> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        match facts.op(op).kind {
            OpKind::Literal(Literal::Text(text)) => Some(self.files().name(file, text).to_owned()),
            OpKind::Construct(Construct::Text, parts) => {
                let parts = facts.list(parts).iter().map_while(|part| self.beginning(function, part.value, depth + 1));
                Some(parts.collect::<String>()).filter(|text| !text.is_empty())
            }
            OpKind::Name(name) if depth < 4 && facts.ops.len() < LONG => match last_store(facts, name, op) {
                Some(stored) => self.beginning(function, stored, depth + 1),
                None => {
                    let module = self.modules.of(file, &facts.scope);
                    let named = self.modules.resolve(self.files(), self.models(), module, self.files().name(file, name))?;
                    let Some(Slot::Global(global)) = named.slot else { return None };
                    match self.state.global(global).kind {
                        Kind::Text(of, text) => Some(self.files().name(of, text).to_owned()),
                        _ => None,
                    }
                }
            },
            _ => None,
        }
    }

    /// Constant values given to a dotted setting at module level: `REST_FRAMEWORK.DEFAULT_PAGINATION_CLASS`. As the key of an item
    /// its library's `constants` stand for the name too.
    fn setting_values<'a>(&'a self, name: &'a str, constants: &'a [String]) -> impl Iterator<Item = Said> + 'a {
        let (head, keys) = name.split_once('.').map_or((name, ""), |(head, keys)| (head, keys));
        let stores = self.indexes.settings.get_or_init(|| self.find_settings());
        let mut found = stores.by_name.get(head).cloned().unwrap_or_default();
        if !constants.is_empty() {
            let ends = |&&(function, store): &&(FnId, OpId)| match self.facts(function).op(store).kind {
                OpKind::Store { target: Target::Item(_, key), .. } => {
                    ends_in(self.files().get(self.files().locate(function).0), self.facts(function), key, constants)
                }
                _ => false,
            };
            found.extend(stores.by_path.iter().filter(ends));
            found.sort_unstable();
        }
        found.into_iter().filter_map(move |(function, store)| self.said(function, store, keys))
    }

    /// Where settings may be given a value: names at module level, and items by a text or a dotted path.
    fn find_settings(&self) -> SettingStores {
        let heads = self.models().settings().iter().map(|model| model.name.split('.').next().unwrap_or_default());
        let heads: FxHashSet<&str> = heads.collect();
        let mut stores = SettingStores::default();
        let read = |data: &FileData| data.language == Language::Python && !super::surroundings::is_for_development(&data.path);
        for (file, data) in self.files().iter().filter(|(_, data)| read(data)) {
            let for_development = |body: &Function| {
                let class = body.class.filter(|_| body.kind == FunctionKind::ClassBody);
                let name = class.map(|class| data.facts.names.get(data.facts.classes[class.index()].name));
                name.is_some_and(super::surroundings::is_class_for_development)
            };
            for (local, body) in data.facts.functions.iter().enumerate().filter(|(_, body)| !for_development(body)) {
                let function = self.files().function(file, FunctionId::from_index(local));
                let at_load = matches!(body.kind, FunctionKind::Module | FunctionKind::ClassBody);
                for (at, op) in body.tape() {
                    let OpKind::Store { target, .. } = op.kind else { continue };
                    let name = match target {
                        Target::Name(stored) if at_load => stored,
                        // `app.config["SESSION_TYPE"] = ..`
                        Target::Item(_, key) => match body.op(key).kind {
                            OpKind::Literal(Literal::Text(text)) => text,
                            OpKind::Attribute(..) => {
                                stores.by_path.push((function, at));
                                continue;
                            }
                            _ => continue,
                        },
                        _ => continue,
                    };
                    let name = data.facts.names.get(name);
                    if is_constant_name(name) || heads.contains(name) {
                        stores.by_name.entry(name.into()).or_default().push((function, at));
                    }
                }
            }
        }
        stores
    }

    /// The value that a store gives a setting, below `keys`.
    fn said(&self, function: FnId, store: OpId, keys: &str) -> Option<Said> {
        let (file, _) = self.files().locate(function);
        let (data, body) = (self.files().get(file), self.facts(function));
        let OpKind::Store { value, .. } = body.op(store).kind else { return None };
        // A choice between settings is somebody's decision at deployment.
        if body.regions_around(store).any(|region| region.kind.is_arm()) {
            return None;
        }
        let value = keys.split('.').filter(|key| !key.is_empty()).try_fold(value, |value, key| {
            let OpKind::Construct(_, parts) = body.op(value).kind else { return None };
            let named = body.list(parts).iter().find(|part| part.name.is_some_and(|name| data.facts.names.get(name) == key));
            named.map(|part| part.value)
        })?;
        let text = |op: OpId| match body.op(op).kind {
            OpKind::Literal(Literal::Text(text)) => Some(data.facts.names.get(text).to_owned()),
            _ => None,
        };
        let (said, otherwise) = match body.op(value).kind {
            OpKind::Literal(Literal::None) => return None,
            // `os.getenv("EMAIL_BACKEND", "..")`, `env("EMAIL_BACKEND", default="..")`
            OpKind::Call { args, .. } => {
                let args = body.list(args);
                let is_default = |name| data.facts.names.get(name) == "default";
                let default = args.iter().enumerate().find(|(at, arg)| arg.name.map_or(*at == 1, is_default));
                let default = default.and_then(|(_, arg)| text(arg.value));
                let otherwise = default.is_some();
                (default, otherwise)
            }
            _ => (text(value), false),
        };
        Some(Said { place: Place { file, span: body.op(value).span }, text: said, otherwise })
    }
}

/// Stores that may set something, in order of the files.
#[derive(Debug, Default)]
pub(crate) struct SettingStores {
    by_name: FxHashMap<Box<str>, Vec<(FnId, OpId)>>,
    by_path: Vec<(FnId, OpId)>,
}

/// Whether a dotted path ends in one of `constants`: `flask_limiter.constants.ConfigVars.STORAGE_URI`.
fn ends_in(data: &FileData, body: &Function, path: OpId, constants: &[String]) -> bool {
    let Some(path) = body.path(path).filter(|_| !constants.is_empty()) else { return false };
    let path = path.into_iter().map(|name| data.facts.names.get(name)).collect::<Vec<_>>().join(".");
    constants
        .iter()
        .any(|constant| path == *constant || path.strip_suffix(constant.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

/// `unix:///run/redis.sock`, `/run/redis.sock`, `http://localhost:9000`, `127.0.0.1`.
fn is_local_address(text: &str) -> bool {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    text.starts_with("unix:") || text.ends_with(".sock") || matches!(host, "localhost" | "127.0.0.1")
}

/// `BROKER_URL`.
pub(crate) fn is_constant_name(name: &str) -> bool {
    name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
