//! What classes promise and others keep: methods that stand in for one of a base class, or fit a protocol without naming it.

use super::classes::Classes;
use crate::lang::Language;
use crate::link::Files;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::EntryKind;
use rustc_hash::FxHashMap;

/// Methods by the method of another class that they stand in for.
pub(crate) type Overridden = FxHashMap<FnId, Vec<FnId>>;

/// The methods that may run where a method of another class is called.
#[derive(Debug, Default)]
pub(crate) struct Contracts {
    /// Of methods without a body of their own.
    pub kept: Overridden,
    /// Of methods that do something themselves.
    pub others: Overridden,
}

/// How many classes may fit a protocol that none of them names before none is taken: which is meant would be a guess.
const FITTING: usize = 3;

impl Contracts {
    /// Those of all classes, once their bases are known.
    pub(crate) fn find(files: &Files, classes: &Classes) -> Self {
        let mut contracts = Self::default();
        let mut stand_in = |bases: &[ClassRef], name: &str, method: FnId| {
            let overridden = bases.iter().skip(1).filter_map(|base| classes.all[base.index()].methods.get(name));
            for &method_of_base in overridden {
                let of = if files.facts(method_of_base).is_abstract { &mut contracts.kept } else { &mut contracts.others };
                of.entry(method_of_base).or_default().push(method);
            }
        };
        for at in 0..classes.all.len() {
            let (bases, _) = classes.lineage(ClassRef::from_index(at));
            classes.all[at].methods.iter().for_each(|(name, &method)| stand_in(&bases, name, method));
        }
        for (class, name, method) in &classes.beside {
            let (file, local) = files.locate(*method);
            let of_trait =
                files.get(file).facts.impls.iter().any(|block| block.interface.is_some() && block.methods.contains(&local));
            if of_trait {
                stand_in(&classes.lineage(*class).0, name, *method);
            }
        }
        contracts.add_fitting(files, classes);
        contracts.kept.values_mut().chain(contracts.others.values_mut()).for_each(|methods| methods.sort_unstable());
        contracts
    }

    /// Python: a class of nothing but methods without a body, which nobody extends, stands for those that have all of them
    /// (PEP 544, "Using Protocols").
    fn add_fitting(&mut self, files: &Files, classes: &Classes) {
        let of_service = (0..classes.all.len()).map(ClassRef::from_index).filter(|&class| is_of_service(files, class));
        let mut owners: FxHashMap<&str, Vec<ClassRef>> = FxHashMap::default();
        let mut protocols = Vec::new();
        for class in of_service {
            let methods = &classes.all[class.index()].methods;
            let open = |method: &FnId| files.facts(*method).is_abstract && !self.kept.contains_key(method);
            if methods.keys().any(|name| !name.starts_with("__")) && methods.values().all(open) {
                protocols.push(methods);
            } else {
                methods.keys().for_each(|name| owners.entry(name).or_default().push(class));
            }
        }
        for promised in protocols {
            let Some(owners) = promised.keys().map(|name| owners.get(&**name)).min_by_key(|owners| owners.map_or(0, Vec::len))
            else {
                continue;
            };
            let keeps = |&class: &ClassRef| {
                let kept = promised.iter().map(|(name, &of)| {
                    let method = classes.method(class, name)?;
                    let fits =
                        !files.facts(method).is_abstract && files.facts(method).params.len() == files.facts(of).params.len();
                    fits.then_some((of, method))
                });
                kept.collect::<Option<Vec<_>>>()
            };
            let fitting: Vec<_> = owners.into_iter().flatten().filter_map(keeps).take(FITTING + 1).collect();
            if fitting.len() <= FITTING {
                fitting.into_iter().flatten().for_each(|(of, method)| self.kept.entry(of).or_default().push(method));
            }
        }
    }
}

/// Whether a class is one of Python's that the service itself may use.
fn is_of_service(files: &Files, class: ClassRef) -> bool {
    let (file, _) = files.locate_class(class);
    files.get(file).language == Language::Python && files.purpose(file) != Some(EntryKind::Test)
}
