//! Whose an image is where files disagree: scripts and developers, this project and others.

use super::{BY_SCRIPT, Images, file_name, names_of, plain, short_name};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Build;
use crate::walk::folder_of;
use std::collections::{BTreeMap, BTreeSet};

impl Images {
    /// Whether an image of the common registry, `owner/name`, shares no word with what the project and its packages are called.
    pub(super) fn is_foreign(&self, image: &str) -> bool {
        let Some((owner, _)) =
            image.split_once('/').filter(|(owner, rest)| !owner.contains(['.', ':', '$']) && !rest.contains('/'))
        else {
            return false;
        };
        let words = |name: &str| plain(name).split(['-', '/', '.']).map(str::to_owned).collect::<Vec<_>>();
        let packages = self.packages.iter().map(|(_, name)| name);
        let own: BTreeSet<String> = packages.chain(&self.project).chain(&self.owner).flat_map(|name| words(name)).collect();
        !own.is_empty() && !words(&format!("{owner}/{}", short_name(image))).iter().any(|word| own.contains(word))
    }

    /// Of what some script says and of what developers build elsewhere under the same name, the one whose folder `holds` what the image
    /// is told to run; nothing where that is none of them, or several.
    pub(in crate::deploy) fn undisputed(&self, image: &str, build: Build, holds: &dyn Fn(&str) -> bool) -> Option<Build> {
        let all = |of: &BTreeMap<String, Vec<Build>>| -> Vec<Build> {
            names_of(image).iter().filter_map(|name| of.get(name)).flatten().cloned().collect()
        };
        let same = |other: &&Build| other.dockerfile == build.dockerfile;
        let (named, rivals) = (all(&self.named), all(&self.rivals));
        let mut sayers = named.iter().filter(same).peekable();
        let by_script = sayers.peek().is_some() && sayers.all(|other| other.known_by == BY_SCRIPT);
        let apart = |other: &&Build| {
            let inside = |outer: &str, inner: &str| outer.is_empty() || inner == outer || inner.starts_with(&format!("{outer}/"));
            !inside(&other.context, &build.context) && !inside(&build.context, &other.context)
        };
        let rivals: Vec<&Build> = rivals.iter().filter(apart).collect();
        if !by_script || rivals.is_empty() {
            return Some(build);
        }
        let mut found: Vec<&Build> = std::iter::once(&build).chain(rivals).filter(|build| holds(&build.context)).collect();
        found.dedup_by(|a, b| a.dockerfile == b.dockerfile);
        match found.as_slice() {
            [one] => Some(Build { known_by: build.known_by, ..(*one).clone() }),
            _ => None,
        }
    }

    /// What is built for others than developers where `build` is for those: from `Dockerfile`, where that lies beside `dev.Dockerfile`.
    pub(in crate::deploy) fn for_others(&self, build: Build) -> Build {
        let words = |path: &str| {
            let words = file_name(path).split(['.', '-', '_']).map(str::to_ascii_lowercase);
            words.filter(|word| Stage::of_name(word) != Stage::Development).collect::<Vec<_>>()
        };
        if Stage::of_name(file_name(&build.dockerfile)) != Stage::Development {
            return build;
        }
        let beside = |path: &&String| folder_of(path) == folder_of(&build.dockerfile) && **path != build.dockerfile;
        let plain = |path: &&String| Stage::of_name(file_name(path)) != Stage::Development;
        let same = |path: &&String| words(path) == words(&build.dockerfile);
        match self.files.iter().filter(beside).filter(plain).find(same) {
            Some(path) => Build { dockerfile: path.clone(), target: None, arguments: Vec::new(), ..build },
            None => build,
        }
    }
}
