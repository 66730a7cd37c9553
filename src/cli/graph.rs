//! `scalelint graph`: what is known of a project rather than what is wrong with it: request paths, entry points, what is deployed.

use super::{GraphArgs, print};
use crate::disk;
use crate::error::Error;
use crate::link::Project;
use crate::scan;
use crate::session::{Options, Session};
use crate::views::tree::{self, Shape, Tree};
use crate::views::{services, starts};
use std::path::{Path, PathBuf};

/// What is asked for.
enum Question {
    Services,
    Entries,
    All,
    One(String),
}

/// Print what was asked for.
pub(super) fn run(arguments: &GraphArgs) -> Result<u8, Error> {
    let (question, paths) = question(arguments)?;
    let options = Options { paths, ..arguments.configured.options() };
    let session = Session::new(&options)?;
    let text = scan::ask(&session, |project| answer(project, &session, &question, arguments))?;
    print(text.as_bytes())?;
    Ok(0)
}

/// What the words mean: an entry and perhaps the project, or with an option that needs no entry only the project.
fn question(arguments: &GraphArgs) -> Result<(Question, Vec<PathBuf>), Error> {
    let mut words = arguments.words.clone();
    let question = match (arguments.services, arguments.entries, arguments.all) {
        (true, ..) => Question::Services,
        (_, true, _) => Question::Entries,
        (.., true) => Question::All,
        _ if words.is_empty() => {
            return Err(Error::Usage {
                message: "the entry is missing".into(),
                advice:
                    "name a route, a job or a function: scalelint graph \"GET /users\"; --entries lists them, --all shows all"
                        .into(),
            });
        }
        _ => Question::One(words.remove(0)),
    };
    let mut paths: Vec<PathBuf> = words.into_iter().map(PathBuf::from).collect();
    paths.extend(arguments.project.clone());
    Ok((question, paths))
}

fn answer(project: &Project, session: &Session, question: &Question, arguments: &GraphArgs) -> Result<String, Error> {
    let starts = match question {
        Question::Services => return Ok(services::services(project)),
        Question::Entries => return Ok(starts::listed(project)),
        Question::All => starts::all(project),
        Question::One(typed) => {
            // A place may be written as seen from here, too.
            let here = typed.rsplit_once(':').and_then(|(file, line)| {
                let real = disk::canonicalize(Path::new(file)).ok()?;
                let inside = real.strip_prefix(&session.root).ok()?.to_str()?.replace('\\', "/");
                Some(format!("{inside}:{line}"))
            });
            starts::named(project, here.as_deref().unwrap_or(typed))?
        }
    };
    let tree = Tree::grow(project, starts, usize::from(arguments.depth));
    Ok(match arguments.format {
        Shape::Text => tree::text::draw(&tree),
        Shape::Json => tree::json::draw(&tree),
        Shape::Dot => tree::drawn::dot(&tree),
        Shape::Mermaid => tree::drawn::mermaid(&tree),
    })
}
