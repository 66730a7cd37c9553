//! `cache-without-invalidation`: copies of rows that nobody takes out when the rows change.

use super::findings::Findings;
use crate::finding::{Confidence, Level};
use crate::link::Project;

/// The seconds that a copy may be old without anybody having to clear it.
const TOLERATED: i64 = 300;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for stale in project.stale_copies(TOLERATED) {
        let (function, op) = stale.writer;
        let keeper = project.function_name(stale.kept_by);
        let entity = &stale.entity;
        let others = match stale.others {
            0 => String::new(),
            1 => ", as does another place".to_owned(),
            many => format!(", as do {many} other places"),
        };
        let age = match stale.seconds {
            Some(seconds) => format!("for up to {seconds} s"),
            // How long that is, nobody can tell.
            None if stale.sure == Confidence::Low => "for as long as its entry lives".to_owned(),
            None => "until the process or the cache is restarted".to_owned(),
        };
        let message = if stale.cleared_here {
            format!("{entity} changes here and only this process forgets the copy that {keeper} keeps; other instances go on with theirs")
        } else {
            format!("{entity} changes here and the copy that {keeper} keeps stays behind {age}{others}")
        };
        let help = if stale.local {
            "let every instance see the change: a shared cache that the writer clears, or a time to live of seconds"
        } else {
            "delete or replace the entry after the write, or give it a time to live of seconds"
        };
        let (reader, reader_op) = stale.reader;
        let draft = findings.at(function, op, message).help(help);
        let draft = match stale.seconds {
            // Somebody chose how old it may become.
            Some(_) => draft.level(Level::Note).at_most(Confidence::Medium),
            None => draft,
        };
        draft
            .placed(&project.placement(function, op))
            .at_most(stale.sure)
            .related(Some(project.place(reader, reader_op)), format!("{keeper} keeps a copy here"))
            .report();
    }
}
