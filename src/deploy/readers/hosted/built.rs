//! Commands that build images and give them names: `docker build -t NAME -f FILE FOLDER` and its like, in whatever file they stand.

use crate::deploy::processes::commands::Step;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::vocabulary::workloads::Build;
use std::collections::BTreeMap;

/// Names of images with what builds them.
pub(super) type Named = Vec<(String, Build)>;

/// Where commands are run, and what is known there.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// Folders that they may be started in, the likeliest first.
    pub folders: &'a [&'a str],
    /// Whether a path is that of a Dockerfile.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// What variables are worth that nothing in the text sets.
    pub values: &'a dyn Fn(&str) -> Option<String>,
    /// How it is known, for `graph --services`.
    pub known_by: &'static str,
}

/// Flags of such commands that take no value.
const ALONE: [&str; 16] = [
    "--no-cache",
    "--pull",
    "--push",
    "--load",
    "--rm",
    "-q",
    "--quiet",
    "--squash",
    "--force-rm",
    "--compress",
    "--debug",
    "-D",
    "--stream",
    "--layers",
    "--no-logs",
    "--tls-verify",
];

/// What steps build, in order; what `docker tag` calls it then is a name too.
pub(super) fn images(steps: &[Step], around: &Around<'_>) -> Named {
    let mut set: BTreeMap<&str, String> = BTreeMap::new();
    let mut folder = String::new();
    let mut found = Named::new();
    for step in steps {
        let look = |name: &str| set.get(name).cloned().or_else(|| (around.values)(name));
        match step {
            Step::Set { name, value, .. } => {
                let value = value.filled(&look);
                set.insert(name, value);
            }
            Step::Run(command) => {
                let words: Vec<String> = command.words.iter().map(|word| word.filled(&look)).collect();
                match words.first().map(String::as_str) {
                    Some("cd" | "pushd") => match words.get(1).map(|to| (to.starts_with('$'), plain_path(to))) {
                        Some((false, Some(to))) => folder = join(&folder, &to),
                        Some((true, Some(to))) => folder = to,
                        // From here on nobody knows where it is.
                        _ => "?".clone_into(&mut folder),
                    },
                    Some("docker" | "podman") if words.get(1).is_some_and(|word| word == "tag") => {
                        if let [_, _, old, new] = words.as_slice() {
                            let same = |(name, _): &&(String, Build)| short(name) == short(old);
                            let build = found.iter().rfind(same).map(|(_, build)| build.clone());
                            found.extend(build.filter(|_| is_plain_name(new)).map(|build| (new.clone(), build)));
                        }
                    }
                    _ => found.extend(built(&words, &folder, around)),
                }
            }
            Step::Move { .. } => {}
        }
    }
    found
}

/// What one command builds.
pub(super) fn built(words: &[String], inside: &str, around: &Around<'_>) -> Named {
    let Some(asked) = asked(words) else { return Vec::new() };
    let names: Vec<&String> = asked.names.iter().filter(|name| is_plain_name(name)).collect();
    let Some(context) = plain_path(asked.context.as_deref().unwrap_or(".")) else { return Vec::new() };
    let file = match asked.file.as_deref().map(plain_path) {
        Some(None) => return Vec::new(),
        file => file.flatten(),
    };
    let build = |folder: &&str| {
        let folder = join(folder, inside);
        let context = join(&folder, &context);
        let files = match &file {
            Some(file) if asked.from_context => [join(&context, file), join(&folder, file)],
            Some(file) => [join(&folder, file), join(&context, file)],
            None => ["Dockerfile", "Containerfile"].map(|name| join(&context, name)),
        };
        let dockerfile = files.into_iter().find(|path| (around.exists)(path))?;
        let target = asked.target.clone().filter(|target| !target.contains('$'));
        Some(Build { context, dockerfile, target, arguments: asked.arguments.clone(), known_by: around.known_by })
    };
    let Some(build) = around.folders.iter().find_map(build) else { return Vec::new() };
    names.into_iter().map(|name| (name.clone(), build.clone())).collect()
}

/// What a command asks for.
#[derive(Debug, Default)]
struct Asked {
    names: Vec<String>,
    context: Option<String>,
    file: Option<String>,
    target: Option<String>,
    arguments: Vec<(String, String)>,
    /// Whether the file is named from the folder that is built.
    from_context: bool,
}

/// The words of `docker build`, `docker buildx build`, `buildah bud`, `az acr build`, `gcloud builds submit` and kaniko's executor.
fn asked(words: &[String]) -> Option<Asked> {
    let begins = words.iter().position(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        matches!(name, "docker" | "podman" | "buildah" | "nerdctl" | "img" | "executor" | "az" | "gcloud" | "depot")
    })?;
    let program = words[begins].rsplit('/').next()?;
    let rest = &words[begins + 1..];
    let from = match program {
        "executor" => 0,
        "gcloud" => rest.iter().position(|word| word == "submit")? + 1,
        "az" => rest.windows(2).position(|pair| pair == ["acr", "build"])? + 2,
        _ => rest.iter().take(4).position(|word| matches!(word.as_str(), "build" | "bud" | "build-using-dockerfile"))? + 1,
    };
    if rest[..from].iter().any(|word| word == "compose") {
        return None;
    }
    let mut asked = Asked { from_context: program == "executor", ..Asked::default() };
    let mut rest = rest[from..].iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') || word == "-" {
            asked.context.get_or_insert_with(|| word.clone());
            continue;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None if ALONE.contains(&word.as_str()) => (word.as_str(), None),
            None => (word.as_str(), rest.next().cloned()),
        };
        let Some(value) = value else { continue };
        match flag {
            "-t" | "--tag" | "--destination" | "-d" | "--image" => asked.names.push(value),
            "-f" | "--file" | "--dockerfile" => asked.file = Some(value),
            "--target" => asked.target = Some(value),
            "-c" | "--context" => asked.context = Some(value),
            "--build-arg" => asked.arguments.extend(
                value
                    .split_once('=')
                    .filter(|(_, value)| !value.contains('$'))
                    .map(|(name, value)| (name.to_owned(), value.to_owned())),
            ),
            _ => {}
        }
    }
    Some(asked)
}

/// A path of the tree, where it is one: `$ROOT/api` and `dir:///workspace/api` are, of what another variable holds nobody knows.
fn plain_path(path: &str) -> Option<String> {
    let path = path.strip_prefix("dir://").unwrap_or(path);
    let path = path.strip_prefix("/workspace").filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path);
    let Some(rest) = path.strip_prefix('$') else {
        return (!path.contains('$')).then(|| path.trim_start_matches('/').to_owned());
    };
    let end = match rest.chars().next() {
        Some('{') => rest.find('}')? + 1,
        Some('(') => rest.find(')')? + 1,
        _ => rest.find('/').unwrap_or(rest.len()),
    };
    let (name, rest) = rest.split_at(end);
    let name = name.to_ascii_uppercase();
    let roots = ["ROOT", "PWD", "WORKSPACE", "PROJECT_DIR", "SOURCESDIRECTORY", "CURDIR", "TOPLEVEL"];
    (roots.iter().any(|root| name.contains(root)) && !rest.contains('$')).then(|| rest.trim_start_matches('/').to_owned())
}

fn short(name: &str) -> &str {
    crate::deploy::processes::images::short_name(name)
}

/// Whether the last part of a name, the tag left out, is known.
pub(super) fn is_plain_name(name: &str) -> bool {
    let short = short(name);
    !short.is_empty() && !short.contains(['$', '{', '}', '?', '*', '(', ' '])
}
