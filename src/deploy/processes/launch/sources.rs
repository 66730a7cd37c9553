//! Where in the tree the files and folders of a container came from.

use super::{Image, Launcher};
use crate::deploy::texts::dockerfile::{Dockerfile, join};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::facts::{Literal, OpKind, Target as FactTarget};
use crate::finding::{Note, Place};

impl Image<'_> {
    /// Folders of the tree that a folder of the container may have come from.
    pub(super) fn folders_of(&self, folder: &str) -> Vec<String> {
        if self.lineage.is_empty() {
            // No image was built: the container's folders are those of the tree.
            return vec![join(self.context, folder.trim_start_matches('/'))];
        }
        let mut found = self.sources_of(folder);
        // What is copied by its own name stands in the folder that it is copied to.
        let absolute = join("/", folder);
        let own = Dockerfile::copies(&self.lineage).into_iter().filter(|copied| copied.from.is_none());
        for copied in own.filter(|copied| copied.target.starts_with(absolute.trim_end_matches('/'))) {
            let inside = copied.target[absolute.trim_end_matches('/').len()..].trim_matches('/');
            for source in &copied.sources {
                let source = join(self.context, source.trim_start_matches('/'));
                // `COPY src/app /srv/app`: the folder above both is the same.
                if !inside.is_empty() && (source == inside || source.ends_with(&format!("/{inside}"))) {
                    found.push(source[..source.len() - inside.len()].trim_end_matches('/').to_owned());
                }
            }
        }
        found.dedup();
        found
    }

    /// Paths in the tree that a path in the container may have come from, by what was copied, the last copy first.
    pub(super) fn sources_of(&self, path: &str) -> Vec<String> {
        let absolute = join(&Dockerfile::workdir(&self.lineage), path);
        let copies = Dockerfile::copies(&self.lineage);
        let own = copies.iter().rev().filter(|copied| copied.from.is_none());
        own.flat_map(|copied| {
            let rest = absolute.strip_prefix(copied.target.trim_end_matches('/')).map(ToOwned::to_owned);
            copied.sources.iter().filter_map(move |source| {
                let name = source.rsplit('/').next().unwrap_or(source);
                let source = source.trim_start_matches('/');
                let inside = match rest.as_deref()?.strip_prefix('/') {
                    // A file keeps its name in the folder it is copied to, a folder gives what is in it.
                    Some(rest) if rest == name => source.to_owned(),
                    Some(rest) => join(source.split('*').next().unwrap_or_default(), rest),
                    None if rest.as_deref() == Some("") => source.to_owned(),
                    None => return None,
                };
                Some(join(self.context, &inside))
            })
        })
        .collect()
    }
}

impl Launcher<'_> {
    /// Whether there is code at a path.
    pub(super) fn is_code(&self, path: &str) -> bool {
        self.files.iter().any(|(_, data)| data.path == path)
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
