//! Images that others make: what runs in them, and which image of the tree a name means.

mod disputes;

use crate::deploy::texts::dockerfile::{Dockerfile, join};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Build;
use crate::walk::folder_of;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What somebody else's image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Keeps data that exists nowhere else.
    Store,
    /// Keeps data that can be made again at a price.
    Index,
    /// Keeps work that waits.
    Queue,
    /// May lose what it keeps.
    Cache,
    /// Hands requests on.
    Proxy,
    /// A system or language to build on, which does nothing by itself.
    Base,
    /// Anything else.
    Tool,
}

/// An image of others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    name: Vec<String>,
    /// What it is for.
    pub does: Kind,
    /// Folders that hold what it keeps.
    #[serde(default)]
    pub data: Vec<String>,
    /// The port it listens on.
    pub port: Option<u16>,
    /// How many connections it accepts.
    pub connections: Option<Connections>,
    /// Files of an application that an image to build on starts by itself, the first that is there.
    #[serde(default)]
    pub starts: Vec<String>,
}

/// How many connections a database accepts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// The setting, as its command line has it.
    pub flag: String,
    /// What holds without it.
    pub otherwise: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    image: Vec<Known>,
}

/// As `build.rs` packed it.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let packed = include_str!(concat!(env!("OUT_DIR"), "/images.json"));
    serde_json::from_str(packed).unwrap_or_else(|_| Table { image: Vec::new() })
});

/// The name of an image without host, owner, tag and digest: `ghcr.io/acme/shop-api:1.2` is `shop-api`.
#[must_use]
pub fn short_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

/// Whether an image is made to show or try something: the words of its path say so.
#[must_use]
pub fn is_sample(image: &str) -> bool {
    // A blank of a template that projects are made from.
    if image.contains('<') {
        return true;
    }
    // A digest may hold anything, slashes too.
    let image = image.split('@').next().unwrap_or(image);
    let path = &image[..image.rfind('/').map_or(0, |at| at + 1) + short_name(image).len()];
    // What a registry is called says nothing of what is in it.
    let path = path.split_once('/').filter(|(host, _)| host.contains(['.', ':'])).map_or(path, |(_, path)| path);
    // `example/shop` stands for whoever publishes it.
    let told = path.split('/').filter(|part| *part != "example");
    let mut words = told.flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()));
    words.any(|word| matches!(word, "example" | "examples" | "sample" | "samples" | "demo" | "demos" | "helloworld" | "httpbin"))
}

/// What an image is looked up by: with its tag and as any tag of its name, or by the name alone where no tag that matters is told.
fn names_of(image: &str) -> Vec<String> {
    let short = short_name(image);
    let last = image.split('@').next().and_then(|image| image.rsplit('/').next()).unwrap_or_default();
    let tag = last.split_once(':').map_or("", |(_, tag)| tag);
    match tag {
        "" | "latest" => vec![short.to_owned()],
        tag if tag.contains(['$', '{', '?']) => vec![short.to_owned()],
        tag => vec![format!("{short}:{tag}"), any_tag(short)],
    }
}

fn any_tag(short: &str) -> String {
    format!("{short}:*")
}

/// What is known of an image that others make.
#[must_use]
pub fn known(image: &str) -> Option<&'static Known> {
    let short = short_name(image);
    TABLE.image.iter().find(|known| known.name.iter().any(|name| name == short))
}

/// Who says it where a script builds an image.
pub(in crate::deploy) const BY_SCRIPT: &str = "docker build in a script";

/// Images that the tree builds, by what they are called.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Images {
    /// What [`names_of`] says, with the builds that make it.
    named: BTreeMap<String, Vec<Build>>,
    /// Every Dockerfile: its path.
    files: Vec<String>,
    /// Packages of code: their folder and name.
    packages: Vec<(String, String)>,
    /// Folders that Dockerfiles are built from, where what they copy says so.
    contexts: BTreeMap<String, String>,
    /// What the project is called where it is published.
    project: Option<String>,
    /// Who owns it there.
    owner: Option<String>,
    /// What the names of its images begin with.
    prefix: Option<String>,
    /// What developers build under names that others say are built otherwise.
    rivals: BTreeMap<String, Vec<Build>>,
    /// Dockerfiles that scripts and build services build, whatever they call the image, with the folder they are built from.
    apart: BTreeMap<String, String>,
}

impl Images {
    /// Of the Dockerfiles with these paths.
    pub(in crate::deploy) fn new(files: impl IntoIterator<Item = String>) -> Self {
        Self { files: files.into_iter().collect(), ..Self::default() }
    }

    /// What manifests say the packages of code in their folders are called.
    pub(in crate::deploy) fn name_packages<'m>(&mut self, manifests: impl Iterator<Item = (&'m str, &'m str)>) {
        for (path, text) in manifests {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let tables: &[&[&str]] = match name {
                "Cargo.toml" => &[&["package"]],
                "pyproject.toml" => &[&["project"], &["tool", "poetry"]],
                _ => continue,
            };
            let Ok(manifest) = text.parse::<toml::Table>() else { continue };
            let named = |keys: &&[&str]| {
                let (first, rest) = keys.split_first()?;
                let table = rest.iter().try_fold(manifest.get(*first)?, |table, key| table.get(key))?;
                table.get("name")?.as_str().map(str::to_owned)
            };
            self.packages.extend(tables.iter().find_map(named).map(|name| (folder.to_owned(), name)));
        }
    }

    /// What the project is called where it is published.
    pub(in crate::deploy) fn name_tree(&mut self, owner: &str, name: &str) {
        self.project = Some(name.to_owned());
        self.owner = Some(owner.to_owned());
    }

    /// What several images in manifests are called by: where `shop-api` and `shop-mail` stand beside `Dockerfile.api` and `mail/Dockerfile`,
    /// the project calls its images `shop-` and what they hold.
    pub(in crate::deploy) fn name_prefix<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names.map(plain) {
            for (at, _) in name.match_indices('-') {
                if let Some(path) = self.file_of(&name[at + 1..], "") {
                    found.entry(name[..at].to_owned()).or_default().insert(path.to_owned());
                }
            }
        }
        let mut several = found.into_iter().filter(|(_, files)| files.len() > 1).map(|(prefix, _)| prefix);
        let first = several.next();
        self.prefix = first.filter(|_| several.next().is_none());
    }

    /// The one Dockerfile below `folder` for what is called so.
    fn file_of(&self, name: &str, folder: &str) -> Option<&str> {
        // What lies outside of that project has its name from somewhere else.
        let inside = |path: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let mut found = self.files.iter().filter(|path| inside(path) && is_named(path, name));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// A Django project's folder is called after it, with the Dockerfile above as a rule.
    pub(in crate::deploy) fn name_project(&mut self, manage: &str) {
        if let Some((above, name)) = folder_of(manage).rsplit_once('/').or_else(|| Some(("", folder_of(manage)))) {
            self.packages.push((above.to_owned(), name.to_owned()));
        }
    }

    /// A script or a build service builds this Dockerfile.
    pub(in crate::deploy) fn built_apart(&mut self, build: &Build) {
        self.apart.insert(build.dockerfile.clone(), build.context.clone());
    }

    /// What they build, and from which folder.
    pub(in crate::deploy) fn apart(&self) -> &BTreeMap<String, String> {
        &self.apart
    }

    /// Some file says that `build` makes an image called so; nothing is called by a name of which no part is known.
    pub(in crate::deploy) fn name(&mut self, image: &str, build: &Build) {
        if image.is_empty() {
            return;
        }
        let mut build = build.clone();
        self.settle(&mut build);
        for name in names_of(image) {
            let builds = self.named.entry(name).or_default();
            if !builds.contains(&build) {
                builds.push(build.clone());
            }
        }
    }

    /// What other files say builds an image: under its own tag first; what they build from files that are not in the tree is passed
    /// over, and one file that is built in several ways is built as it stands.
    fn named_build(&self, image: &str) -> Option<Build> {
        let known = |name: &str| self.named.get(name).filter(|builds| !builds.is_empty());
        let short = short_name(image);
        let own = names_of(image).into_iter().next();
        let all = own.into_iter().chain([short.to_owned(), any_tag(short)]).find_map(|name| known(&name))?;
        let exists = |build: &&Build| build.dockerfile.is_empty() || self.files.contains(&build.dockerfile);
        let found: Vec<&Build> = all.iter().filter(exists).collect();
        let builds = without_variants(if found.is_empty() { all.iter().collect() } else { found });
        let first = builds.first()?;
        match builds.as_slice() {
            [build] => Some((*build).clone()),
            _ if builds.iter().all(|build| build.dockerfile == first.dockerfile && build.target == first.target) => {
                let context = self.build_at(&first.dockerfile).context;
                let build = builds.iter().find(|build| build.context == context).unwrap_or(first);
                Some(Build { arguments: Vec::new(), ..(*build).clone() })
            }
            _ => None,
        }
    }

    /// What builds an image with this name; `only` says that the tree's manifests name just one image of their own.
    /// `built_beside` that a service of the same file says how it is built.
    pub(in crate::deploy) fn build_of(&self, image: &str, only: bool, built_beside: bool) -> Option<Build> {
        let short = short_name(image);
        if known(image).is_some() || short.is_empty() {
            return None;
        }
        if let Some(build) = self.named_build(image) {
            return Some(Build { known_by: "image name in another file", ..build });
        }
        // `shop-api` is that of `api/` too, where the project is called `shop`.
        let behind = self.packages.iter().filter_map(|(folder, name)| {
            let rest = plain(short).strip_prefix(&format!("{}-", plain(name)))?.to_owned();
            Some((rest, folder.as_str()))
        });
        let prefixed = self.prefix.iter().filter_map(|prefix| {
            let rest = plain(short).strip_prefix(&format!("{prefix}-"))?.to_owned();
            Some((rest, ""))
        });
        let names = std::iter::once((short.to_owned(), "")).chain(behind.chain(prefixed).collect::<BTreeSet<_>>());
        for (name, folder) in names {
            if let Some(path) = self.file_of(&name, folder) {
                return Some(Build { known_by: "folder or Dockerfile of the image's name", ..self.build_at(path) });
            }
        }
        let alike = |name: &str| plain(name) == plain(short);
        let beside = self.packages.iter().filter(|(_, name)| alike(name)).map(|(folder, _)| match folder.as_str() {
            "" => "Dockerfile".to_owned(),
            folder => format!("{folder}/Dockerfile"),
        });
        let mut beside: Vec<String> = beside.filter(|path| self.files.contains(path)).collect();
        beside.dedup();
        if let [path] = beside.as_slice() {
            return Some(Build { known_by: "package of the image's name beside the Dockerfile", ..self.build_at(path) });
        }
        if self.project.as_deref().is_some_and(alike)
            && let Some(path) = self.principal()
        {
            return Some(Build { known_by: "principal Dockerfile of a project of the image's name", ..self.build_at(path) });
        }
        match self.files.as_slice() {
            // Where services beside it build that one themselves, an image with a name of its own is somebody else's.
            [path] if only && !self.is_foreign(image) && (!built_beside || self.packages.iter().any(|(_, name)| alike(name))) => {
                Some(Build { known_by: "the only Dockerfile", ..self.build_at(path) })
            }
            _ => None,
        }
    }

    /// The Dockerfile of the project as such: that of the root, or the one with nothing but that name where the root has none. Where one
    /// beside it is said to be for production, that may be meant.
    fn principal(&self) -> Option<&str> {
        let plain = |path: &&String| matches!(file_name(path), "Dockerfile" | "Containerfile");
        let at_root = self.files.iter().find(|path| plain(path) && !path.contains('/'));
        let mut all = self.files.iter().filter(plain);
        let found = at_root.or_else(|| all.next().filter(|_| all.next().is_none()))?;
        let beside = |path: &&String| folder_of(path) == folder_of(found);
        let for_production = |path: &String| Stage::of_name(file_name(path)) == Stage::Production;
        (!self.files.iter().filter(beside).any(for_production)).then_some(found)
    }

    /// The one Dockerfile of a tree, for an image of which nobody knows the name.
    pub(in crate::deploy) fn only_one(&self) -> Option<Build> {
        let [path] = self.files.as_slice() else { return None };
        let build = Build { known_by: "the only Dockerfile", ..self.build_at(path) };
        build.context.is_empty().then_some(build)
    }

    /// The same, when no file has said so before.
    pub(in crate::deploy) fn name_otherwise(&mut self, image: &str, build: &Build) {
        if self.named_build(image).is_none() {
            self.name(image, build);
            return;
        }
        let mut build = build.clone();
        self.settle(&mut build);
        for name in names_of(image) {
            self.rivals.entry(name).or_default().push(build.clone());
        }
    }

    /// Whether it is the one Dockerfile of the tree, or none at all.
    pub(in crate::deploy) fn is_only(&self, dockerfile: &str) -> bool {
        dockerfile.is_empty() || self.files.len() == 1 && self.files[0] == dockerfile
    }

    /// Where there is no such Dockerfile, the one that is there when leading folders are left out.
    pub(in crate::deploy) fn settle(&self, build: &mut Build) {
        let exists = |path: &str| self.files.iter().any(|file| file == path);
        let (mut dockerfile, mut context) = (build.dockerfile.as_str(), build.context.as_str());
        while !exists(dockerfile) {
            let Some((folder, rest)) = dockerfile.split_once('/') else { return };
            context = context.strip_prefix(folder).unwrap_or_default().trim_start_matches('/');
            dockerfile = rest;
        }
        (build.dockerfile, build.context) = (dockerfile.to_owned(), context.to_owned());
    }

    /// A Dockerfile is built from the folder that has most of what it copies. `exists` says whether a path is one of the tree.
    pub(in crate::deploy) fn find_context(&mut self, path: &str, dockerfile: &Dockerfile, exists: &dyn Fn(&str) -> bool) {
        let filled = dockerfile.filled(&[]);
        let copies = filled.stages.iter().flat_map(|stage| &stage.copies).filter(|copied| copied.from.is_none());
        let names = copies.flat_map(|copied| &copied.sources).map(|source| {
            let plain = source.split('*').next().unwrap_or_default().trim_start_matches("./").trim_matches('/');
            if source.contains('*') { folder_of(plain) } else { plain }
        });
        let names: Vec<&str> = names.filter(|name| !name.is_empty() && *name != "." && !name.contains(['$', ':'])).collect();
        let found = |folder: &str| names.iter().filter(|name| exists(&join(folder, name))).count();
        let otherwise = self.build_at(path).context;
        let mut best = (found(&otherwise), otherwise);
        for (at, _) in path.rmatch_indices('/').chain([(0, "")]) {
            let count = found(&path[..at]);
            if count > best.0 {
                best = (count, path[..at].to_owned());
            }
        }
        self.contexts.insert(path.to_owned(), best.1);
    }

    /// A Dockerfile is built from its own folder, unless that is one for Dockerfiles alone.
    pub(in crate::deploy) fn build_at(&self, path: &str) -> Build {
        let folder = folder_of(path);
        let last = folder.rsplit('/').next().unwrap_or_default();
        let apart = matches!(
            last,
            "docker" | "dockerfiles" | "deploy" | "deployment" | "build" | "ci" | ".docker" | "containers" | "infra"
        );
        let context = if apart { folder_of(folder) } else { folder };
        let context = self.contexts.get(path).map_or(context, String::as_str);
        Build { context: context.to_owned(), dockerfile: path.to_owned(), target: None, arguments: Vec::new(), known_by: "" }
    }
}

/// What a Dockerfile is named with that makes the same image for another machine or on another system.
const VARIANTS: [&str; 24] = [
    "aarch64",
    "arm64",
    "arm",
    "armv7",
    "amd64",
    "x86",
    "64",
    "s390x",
    "ppc64le",
    "riscv64",
    "musl",
    "glibc",
    "static",
    "alpine",
    "debian",
    "ubuntu",
    "ubi",
    "ubi9",
    "slim",
    "distroless",
    "cuda",
    "rocm",
    "gpu",
    "cpu",
];

/// Builds of one image but for those that only make it for another machine; of those alone, one.
fn without_variants(builds: Vec<&Build>) -> Vec<&Build> {
    let plain_of = |build: &Build| {
        let (folder, file) = build.dockerfile.rsplit_once('/').unwrap_or(("", &build.dockerfile));
        let words = file.split(['.', '-', '_']).filter(|word| !VARIANTS.contains(&word.to_ascii_lowercase().as_str()));
        (folder.to_owned(), words.collect::<Vec<_>>().join("."))
    };
    let Some(first) = builds.first() else { return builds };
    let (all, target) = (plain_of(first), &first.target);
    if builds.len() < 2 || builds.iter().any(|build| plain_of(build) != all || build.target != *target) {
        return builds;
    }
    let shortest = builds.iter().map(|build| build.dockerfile.len()).min();
    builds.into_iter().filter(|build| Some(build.dockerfile.len()) == shortest).take(1).collect()
}

/// Whether a Dockerfile is for the image called `short`: its folder has that name, or it has it itself.
fn is_named(path: &str, short: &str) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let file = file.to_ascii_lowercase();
    let own = file.strip_prefix("dockerfile.").or_else(|| file.strip_prefix("dockerfile-"));
    let own = own.or_else(|| file.strip_suffix(".dockerfile"));
    let is = |name: &str| plain(name) == plain(short);
    own.is_some_and(is) || file == "dockerfile" && folder.rsplit('/').next().is_some_and(is)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A name as people compare names.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests;
