//! Lowers imports, which are facts of the file and no operations.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax};
use crate::facts::NameId;

impl<'t> Lowering<'t> {
    /// `import a.b`, `import a.b as c`; also `from __future__ import x`, which the grammar holds apart.
    pub(super) fn import(&mut self, node: Syntax<'t>) {
        let future = node.kind == Kind::FutureImportStatement;
        let module = if future { vec![self.tape.build.name("__future__")] } else { Vec::new() };
        for part in self.children(node) {
            let Some((path, alias)) = self.imported(part) else { continue };
            let first = path.first().copied();
            let path = [module.as_slice(), &path].concat();
            self.tape.add_import(path, 0, alias.or(first), !future && alias.is_none(), part.span());
        }
    }

    /// `from a.b import c as d`, `from ..a import *`.
    pub(super) fn import_from(&mut self, node: Syntax<'t>) {
        let kids = self.children(node);
        let kids: Vec<_> = kids.into_iter().filter(|part| part.kind != Kind::From).collect();
        let Some((&module, names)) = kids.split_first() else { return };
        let (module, level) = self.source(module);
        for &part in names {
            if part.kind == Kind::WildcardImport {
                self.tape.add_import(module.clone(), level, None, false, part.span());
            } else if let Some((path, alias)) = self.imported(part) {
                let name = alias.or(path.last().copied());
                self.tape.add_import([module.as_slice(), &path].concat(), level, name, false, part.span());
            }
        }
    }

    /// The module of a `from`, and how many dots stand before it.
    fn source(&mut self, module: Syntax<'t>) -> (Vec<NameId>, u8) {
        if module.kind != Kind::RelativeImport {
            return (self.dotted(module), 0);
        }
        let mut path = Vec::new();
        let mut level = 0;
        for part in self.children(module) {
            match part.kind {
                Kind::ImportPrefix => level = self.text_of(part).bytes().filter(|&byte| byte == b'.').count(),
                _ => path = self.dotted(part),
            }
        }
        (path, u8::try_from(level).unwrap_or(u8::MAX))
    }

    /// A name in an import list, and its alias.
    fn imported(&mut self, part: Syntax<'t>) -> Option<(Vec<NameId>, Option<NameId>)> {
        match part.kind {
            Kind::DottedName => Some((self.dotted(part), None)),
            Kind::AliasedImport => match *self.children(part) {
                [path, alias] => Some((self.dotted(path), Some(self.name_of(alias)))),
                _ => None,
            },
            _ => None,
        }
    }

    fn dotted(&mut self, path: Syntax<'t>) -> Vec<NameId> {
        self.children(path).into_iter().map(|segment| self.name_of(segment)).collect()
    }
}
