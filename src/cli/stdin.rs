//! `check --stdin-filename`: one file comes in on standard input, as an editor or a hook has it. The rest of the project is on disk.

use crate::disk;
use crate::error::{Error, reason};
use crate::session::Options;
use crate::walk::{Buffers, Tree, root};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More than any file may have that is read, so that what is larger is still found to be.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// Make standard input stand in for `file` in `options`, and give where that really is.
pub(super) fn read(file: &Path, options: &mut Options) -> Result<PathBuf, Error> {
    let wrong = |message: String, advice: &str| Error::Usage { message, advice: advice.into() };
    let shown = crate::terminal::visible(&file.to_string_lossy()).into_owned();
    if file.file_name().is_none() || file.is_dir() {
        return Err(wrong(format!("`{shown}` is no file"), "name the file that standard input stands for"));
    }
    // Of all folders above, only the nearest tells whose file it would be.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk::canonicalize(folder).map_err(|source| Error::Path { path: folder.to_path_buf(), source })?;
    let mut content = Vec::new();
    let read = io::stdin().lock().take(MOST_BYTES).read_to_end(&mut content);
    read.map_err(|error| wrong(format!("cannot read standard input: {}", reason(&error)), "give the text of the file there"))?;
    let real = root::real(file);
    options.paths = vec![if file.is_file() { file } else { folder }.to_path_buf()];
    options.tree = Tree::Buffers(Arc::new(Buffers::from_iter([(real.clone(), content.into())])));
    Ok(real)
}
