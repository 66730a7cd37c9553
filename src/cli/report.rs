//! `scalelint report`: the scaling checklist of a service.

use super::{ReportArgs, print};
use crate::error::Error;
use crate::session::{Options, Session};
use crate::{atomic, checklist, scan};
use std::sync::atomic::Ordering;

/// Write the checklist. What it says is no verdict on the run: findings fail `check`, not this.
pub(super) fn run(arguments: &ReportArgs) -> Result<u8, Error> {
    let options = Options { paths: arguments.paths.clone(), ..arguments.configured.options() };
    let session = Session::new(&options)?;
    let text = scan::examine(&session, |examined| checklist::make(examined).render(arguments.format));
    if session.progress.reported.load(Ordering::Relaxed) == 0 {
        let place = session.filter.first().map(|path| session.absolute(path)).unwrap_or_default();
        return Err(Error::Nothing { place: place.to_string_lossy().trim_end_matches('/').into() });
    }
    match &arguments.output {
        None => print(text.as_bytes())?,
        Some(file) => {
            let failed = |source| Error::Output { target: format!("`{}`", file.display()), source };
            atomic::write(file, text.as_bytes()).map_err(failed)?;
        }
    }
    Ok(0)
}
