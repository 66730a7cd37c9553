//! Where in the tree the files and folders of a container came from.

use super::{Image, Launcher};
use crate::deploy::processes::images;
use crate::deploy::processes::programs::{Does, Process, Target};
use crate::deploy::texts::dockerfile::{Copied, Dockerfile, Stage, join};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::workloads::Build;
use crate::facts::{Literal, OpKind, Target as FactTarget};
use crate::finding::{Note, Place};
use crate::lang::Language;

/// How many stages a path is followed through.
const MOST_STAGES: usize = 8;

/// Folders that programs are looked for in when they are named without one.
const PROGRAMS: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin"];

/// A place that files of a container came from: a path in some stage of its Dockerfile.
struct Origin<'i> {
    lineage: Vec<&'i Stage>,
    path: String,
}

impl<'i> Image<'i> {
    pub(super) fn new(file: Option<&'i Dockerfile>, build: &'i Build, laid: &[(String, String)]) -> Self {
        let lineage = file.map(|file| file.lineage(build.target.as_deref())).unwrap_or_default();
        Self { file, lineage, context: &build.context, laid: laid.to_vec() }
    }

    /// What an image to build on starts by itself: the application that it finds in its working folder.
    pub(super) fn started_by_base(&self) -> Option<Process> {
        let base = self.lineage.last()?;
        let known = images::known(&base.from).filter(|known| !known.starts.is_empty())?;
        let folders = self.folders_of(&Dockerfile::workdir(&self.lineage).replacen("//", "/", 1)).into_iter();
        let folders = folders.chain(self.folders_of("/app")).collect();
        let process = Process::plain(Does::Web, "gunicorn", base.place, Target::Usual(&known.starts));
        Some(Process { folders, workers: Counted::by_default(Amount::at_least(1)), ..process })
    }

    /// Where a path lies in what is laid over the image.
    fn laid_over(&self, absolute: &str) -> Vec<String> {
        let inside = |(source, target): &(String, String)| {
            let rest = absolute.strip_prefix(target.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then(|| join(source, rest.trim_start_matches('/')))
        };
        self.laid.iter().filter_map(inside).collect()
    }

    /// Folders of the tree that a folder of the container may have come from.
    pub(super) fn folders_of(&self, folder: &str) -> Vec<String> {
        if self.lineage.is_empty() {
            // No image was built: the container's folders are those of the tree.
            return vec![join(self.context, folder.trim_start_matches('/'))];
        }
        let mut found = self.laid_over(&join("/", folder));
        for origin in self.origins(&join("/", folder)) {
            found.extend(self.copied(&origin));
            // What is copied by its own name stands in the folder that it is copied to.
            let absolute = origin.path.trim_end_matches('/');
            let own = Dockerfile::copies(&origin.lineage).into_iter().filter(|copied| copied.from.is_none());
            for copied in own.filter(|copied| copied.target.starts_with(absolute)) {
                let inside = copied.target[absolute.len()..].trim_matches('/');
                for source in &copied.sources {
                    let source = join(self.context, source.trim_start_matches('/'));
                    // `COPY src/app /srv/app`: the folder above both is the same.
                    if !inside.is_empty() && (source == inside || source.ends_with(&format!("/{inside}"))) {
                        found.push(source[..source.len() - inside.len()].trim_end_matches('/').to_owned());
                    }
                }
            }
        }
        found.dedup();
        found
    }

    /// Paths in the tree that a path in the container may have come from, by what was copied, the last copy first.
    pub(super) fn sources_of(&self, path: &str) -> Vec<String> {
        let absolute = join(&Dockerfile::workdir(&self.lineage), path);
        let copied = self.origins(&absolute).into_iter().flat_map(|origin| self.copied(&origin));
        self.laid_over(&absolute).into_iter().chain(copied).collect()
    }

    /// The same for a program, which may be named without its folder.
    pub(super) fn sources_of_program(&self, name: &str) -> Vec<String> {
        self.paths_of(name).iter().flat_map(|path| self.sources_of(path)).collect()
    }

    /// What a program was called in the stage that made it.
    pub(super) fn made_as(&self, name: &str) -> Option<String> {
        let origins = self.paths_of(name).into_iter().map(|path| self.origins(&join(&Dockerfile::workdir(&self.lineage), &path)));
        let made = origins.filter_map(|origins| origins.get(1..)?.last().map(|origin| origin.path.clone())).next()?;
        made.rsplit('/').next().map(str::to_owned)
    }

    /// Whether a file of the container is one that another stage made, and that was copied by its own name.
    pub(super) fn is_made(&self, path: &str) -> bool {
        let absolute = join(&Dockerfile::workdir(&self.lineage), path);
        let (folder, name) = absolute.rsplit_once('/').unwrap_or(("", &absolute));
        let of_stage =
            |copied: &Copied| copied.from.is_some() && copied.sources.iter().any(|source| source.ends_with(&format!("/{name}")));
        let target = |copied: &Copied| copied.target == absolute || copied.target.trim_end_matches('/') == folder;
        Dockerfile::copies(&self.lineage).iter().any(|copied| of_stage(copied) && target(copied))
    }

    fn paths_of(&self, name: &str) -> Vec<String> {
        if name.contains('/') {
            return vec![name.to_owned()];
        }
        let folders = PROGRAMS.iter().map(|folder| format!("{folder}/{name}"));
        // What is built is named to the folder of programs, or to one that was added to them.
        let copies = Dockerfile::copies(&self.lineage).into_iter().filter(|copied| copied.from.is_some());
        let own = copies.filter(|copied| copied.target.ends_with(&format!("/bin/{name}"))).map(|copied| copied.target);
        folders.chain(own).collect()
    }

    /// A path of the container, and the paths in other stages that it was copied from.
    fn origins(&self, absolute: &str) -> Vec<Origin<'i>> {
        let mut found = vec![Origin { lineage: self.lineage.clone(), path: absolute.to_owned() }];
        let mut at = 0;
        while let Some(origin) = found.get(at).filter(|_| at < MOST_STAGES) {
            let copies = Dockerfile::copies(&origin.lineage);
            let from = copies.iter().rev().filter_map(|copied| Some((copied, self.file?.copied_from(copied.from.as_deref()?))));
            let from = from.filter(|(_, lineage)| !lineage.is_empty());
            let next: Vec<Origin<'i>> = from
                .flat_map(|(copied, lineage)| {
                    let paths = inside(copied, &origin.path);
                    paths.into_iter().map(move |path| Origin { lineage: lineage.clone(), path: join("/", &path) })
                })
                .collect();
            let links =
                Dockerfile::links(&origin.lineage).into_iter().rev().filter(|(own, other)| *other == origin.path && own != other);
            let linked: Vec<Origin<'i>> = links.map(|(path, _)| Origin { lineage: origin.lineage.clone(), path }).collect();
            found.extend(next);
            found.extend(linked);
            at += 1;
        }
        found.truncate(MOST_STAGES);
        found
    }

    /// Paths in the tree that a path of one stage was copied from.
    fn copied(&self, origin: &Origin<'_>) -> Vec<String> {
        let copies = Dockerfile::copies(&origin.lineage);
        let own = copies.iter().rev().filter(|copied| copied.from.is_none());
        own.flat_map(|copied| inside(copied, &origin.path)).map(|path| join(self.context, path.trim_start_matches('/'))).collect()
    }
}

/// Where a path lies in what one copy takes.
fn inside(copied: &Copied, absolute: &str) -> Vec<String> {
    let Some(rest) = absolute.strip_prefix(copied.target.trim_end_matches('/')) else { return Vec::new() };
    let path = |source: &String| {
        let name = source.rsplit('/').next().unwrap_or(source);
        match rest.strip_prefix('/') {
            // A file keeps its name in the folder it is copied to, a folder gives what is in it.
            Some(rest) if rest == name => Some(source.clone()),
            Some(rest) => Some(join(source.split('*').next().unwrap_or_default(), rest)),
            // Of `src/*.py` the folder is what stands there.
            None => rest.is_empty().then(|| match source.split_once('*') {
                Some((before, _)) => crate::walk::folder_of(before).to_owned(),
                None => source.clone(),
            }),
        }
    };
    copied.sources.iter().filter_map(path).collect()
}

impl Launcher<'_> {
    /// Whether an image is a release of somebody's with settings added: no code of the tree is copied into it.
    pub(super) fn is_release(&self, image: &Image<'_>) -> bool {
        let Some(base) = image.lineage.last().filter(|base| images::known(&base.from).is_none()) else { return false };
        let tag = base.from.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("", |(_, tag)| tag);
        let is_version = tag.contains('.') && tag.contains(|c: char| c.is_ascii_digit()) && !tag.contains('$');
        let copies = Dockerfile::copies(&image.lineage);
        let brings = |copied: &Copied| {
            let paths = || copied.sources.iter().map(|source| join(image.context, source.trim_start_matches('/')));
            copied.from.is_some() || paths().any(|path| self.holds_code(&path))
        };
        is_version && !copies.iter().any(brings)
    }

    /// Whether there is code at a path, or below it.
    fn holds_code(&self, path: &str) -> bool {
        let below =
            |other: &str| path.is_empty() || other == path || other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.files.iter().any(|(_, data)| matches!(data.language, Language::Python | Language::Rust) && below(&data.path))
    }

    /// Whether there is code at a path.
    pub(super) fn is_code(&self, path: &str) -> bool {
        self.files.iter().any(|(_, data)| data.path == path)
    }

    /// A text that a Python file of settings gives to a name, and where.
    pub(super) fn text_in(&self, path: &str, name: &str) -> Option<(Place, String)> {
        let (id, data) = self.files.iter().find(|(_, data)| data.path == path)?;
        let body = data.facts.functions.first()?;
        body.ops.iter().find_map(|op| match op.kind {
            OpKind::Store { target: FactTarget::Name(stored), value, .. } if data.facts.names.get(stored) == name => {
                let OpKind::Literal(Literal::Text(text)) = body.op(value).kind else { return None };
                Some((Place { file: id, span: op.span }, data.facts.names.get(text).to_owned()))
            }
            _ => None,
        })
    }

    /// Where a Python file of settings switches a name on, whatever else decides.
    pub(super) fn switched_on_in(&self, path: &str, name: &str) -> Option<Place> {
        let (id, data) = self.files.iter().find(|(_, data)| data.path == path)?;
        let body = data.facts.functions.first()?;
        let sets = |op: &crate::facts::Op| match op.kind {
            OpKind::Store { target: FactTarget::Name(stored), value, .. } if data.facts.names.get(stored) == name => {
                Some((matches!(body.op(value).kind, OpKind::Literal(Literal::Bool(true))), op.span))
            }
            _ => None,
        };
        let mut all = body.ops.iter().filter_map(sets);
        let (on, span) = all.next()?;
        (on && all.next().is_none()).then_some(Place { file: id, span })
    }

    /// Whether a Python file of settings gives a name any value.
    pub(super) fn is_set_in(&self, path: &str, name: &str) -> bool {
        let body = self
            .files
            .iter()
            .find(|(_, data)| data.path == path)
            .and_then(|(_, data)| Some((data, data.facts.functions.first()?)));
        let sets = |kind: &OpKind, data: &crate::link::FileData| match kind {
            OpKind::Store { target: FactTarget::Name(stored), .. } => data.facts.names.get(*stored) == name,
            _ => false,
        };
        body.is_some_and(|(data, body)| body.ops.iter().any(|op| sets(&op.kind, data)))
    }

    /// A number that a Python file of settings gives to a name.
    pub(super) fn number_in(&self, path: &str, name: &str) -> Option<Counted> {
        let (id, data) = self.files.iter().find(|(_, data)| data.path == path)?;
        let body = data.facts.functions.first()?;
        body.ops.iter().find_map(|op| {
            let OpKind::Store { target: FactTarget::Name(stored), value, .. } = op.kind else { return None };
            if data.facts.names.get(stored) != name {
                return None;
            }
            let place = Place { file: id, span: op.span };
            let amount = match body.op(value).kind {
                OpKind::Literal(Literal::Int(number)) => u32::try_from(number).map_or(Amount::UNKNOWN, Amount::exactly),
                _ => Amount::UNKNOWN,
            };
            Some(Counted::stated(amount, Note { place, message: format!("{name}: {amount} processes") }))
        })
    }
}
