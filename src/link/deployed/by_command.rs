//! Which code a container runs of which nobody says how its image is built: what its command names, where one file of the tree alone has
//! that name and no other project is likely to have it too.

use crate::deploy::images;
use crate::deploy::programs::{Process, Target};
use crate::deploy::workloads::Container;
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::project::Project;

impl Project {
    /// The file that a command names, and what was followed.
    pub(super) fn named_by_command(&self, container: &Container, process: &Process) -> Option<(FileId, &'static str)> {
        if container.made_by_others().is_some() {
            return None;
        }
        let image = container.image.as_ref().map_or("", |image| images::short_name(&image.value));
        match process.target.as_ref()? {
            Target::Module(written) => {
                let module = written.split([':', '(']).next().filter(|module| !module.contains('$') && !module.ends_with('.'))?;
                let path = module.replace('.', "/");
                let forms = [".py", "/__main__.py", "/celery.py", "/__init__.py"].map(|end| format!("{path}{end}"));
                let found = forms.iter().find_map(|form| self.only_python(form))?;
                (module.contains('.') || is_named_in(module, image))
                    .then_some((found, "module of the command, of which there is one"))
            }
            Target::Script(path) => {
                let relative = path.trim_start_matches("./").trim_start_matches('/');
                let found = ends_with_folder(relative).find_map(|end| self.only_python(end))?;
                Some((found, "script of the command, of which there is one"))
            }
            Target::Program(name) if name.contains(['-', '_']) || is_named_in(name, image) => {
                let found = self.rust_program("", name).or_else(|| self.python_program("", name))?;
                Some((found, "program of this name"))
            }
            Target::Django(_) => {
                let path = process.shown.split_whitespace().find(|word| word.ends_with("/manage.py"))?;
                let below = ends_with_folder(path.trim_start_matches('/')).find_map(|end| self.only_python(end));
                // The folder of the container has the name of the image, and that of the tree is its root.
                let folder = path.trim_end_matches("/manage.py").rsplit('/').next().unwrap_or_default();
                let own = || self.only_python("manage.py").filter(|_| is_named_in(folder, image));
                Some((below.or_else(own)?, "manage.py of the command, of which there is one"))
            }
            Target::Program(_) | Target::Usual(_) => None,
        }
    }

    /// The one Python file of the tree at a path, or at one that ends so.
    fn only_python(&self, end: &str) -> Option<FileId> {
        let below = format!("/{end}");
        let fits = |path: &str| path == end || path.ends_with(&below);
        let mut found = self.files().iter().filter(|(_, data)| data.language == Language::Python && fits(&data.path));
        let (file, _) = found.next()?;
        found.next().is_none().then_some(file)
    }
}

/// The ends of a path that have a folder in them: the first folders of a path are those of the container.
fn ends_with_folder(path: &str) -> impl Iterator<Item = &str> {
    let ends = std::iter::once(path).chain(path.match_indices('/').map(|(at, _)| &path[at + 1..]));
    ends.filter(|end| end.contains('/'))
}

/// Whether the name of an image has this name in it, as a whole: `shop-api-prod` that of `shop_api`.
fn is_named_in(name: &str, image: &str) -> bool {
    let plain = |text: &str| format!("-{}-", text.replace(['_', '.'], "-").to_ascii_lowercase());
    name.len() > 3 && plain(image).contains(&plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_images() {
        assert!(is_named_in("shop_api", "shop-api-prod") && is_named_in("shop", "shop"));
        assert!(!is_named_in("shop", "workshop") && !is_named_in("api", "shop-api") && !is_named_in("shop_api", "shop"));
    }

    #[test]
    fn ends_keep_a_folder() {
        assert_eq!(
            ends_with_folder("srv/app/bot/listen.py").collect::<Vec<_>>(),
            ["srv/app/bot/listen.py", "app/bot/listen.py", "bot/listen.py"]
        );
        assert_eq!(ends_with_folder("main.py").count(), 0);
    }
}
