//! Holds the two lowerings equal: whatever the typed one accepts must give the very facts of the tolerant one.

use crate::lang::python::held::{Both, Held, difference};
use crate::lang::python::typed;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Python files below a folder, in order.
fn python_files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.filter(|path| path.extension().is_some_and(|end| end == "py" || end == "pyw")).collect()
}

/// How the files or examples of one source came out.
#[derive(Debug, Default)]
struct Tally {
    equal: usize,
    misread: usize,
    broken: usize,
    refused: usize,
    differing: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, text: &str) {
        match Both::read(text).map_or(Held::Refused, |both| both.held(text)) {
            Held::Equal => self.equal += 1,
            Held::Misread => self.misread += 1,
            Held::Broken => self.broken += 1,
            Held::Refused => self.refused += 1,
            Held::Differs(how) => self.differing.push(format!("{name}\n{how}")),
        }
    }

    /// Nothing differs, and nearly all of it went through both.
    #[track_caller]
    fn hold(&self) {
        assert!(self.differing.is_empty(), "\n{}\n", self.differing.join("\n\n"));
        let others = self.misread + self.broken + self.refused;
        assert!(self.equal > 9 * others, "{self:?}");
    }
}

fn tally(files: impl IntoIterator<Item = PathBuf>) -> Tally {
    let mut tally = Tally::default();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        tally.add(&path.display().to_string(), &text);
    }
    tally
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What one of the two once read otherwise.
#[test]
fn where_the_grammars_part_there_is_one_tape() {
    let mut problems = Vec::new();
    for source in [
        "def f(a: dict[str, int] | str | None = None, b: list[int] | (A | B) = 1): pass\n",
        "def f(a: dict[str:int | None], *b: *Ts, c: tuple[*Ts, int]) -> T[*A, B]: pass\n",
        "x = [*a.b(c).d]; y = [*a[1:] * 2, *b]; print(1, *a.b().c()); z = {*self.a}\n",
        "for (a) in b: pass\nfor (\n  a, # why\n  (b), [c, *d]\n) in (e): pass\n",
        "(a) = (b); (c.d) += 1; (e): int = 1; (f), g = h; [i, (j, k)] = l; m = (n) = 1, (2)\n",
        "with (a): pass\nwith (a, b.c()): pass\nwith (a as b, c,): pass\nwith (a) as (b), (c): pass\nwith (a, b) as c: pass\n",
        "match (a), b:\n case (A.B | 'c') | 1: pass\n case ('x',): pass\n case (1): pass\n case -1 | 2: pass\n",
        "match a:\n case {'k': [x, *_], **r} if (x > 1): pass\n case P(1, q=A.B, r=None as n) | [*s]: pass\n case _: pass\n",
        "def f():\n  return 1; # why\n  # not code\n\n  # nor this\nclass A:\n  try:\n    pass\n  except:\n    pass # why\n    # not\n",
        "if (__name__ == '__main__'):\n  pass;\n  # end\nif (TYPE_CHECKING):\n  import a . b as c\nelif (a) and (b) and c: pass\n",
        "x = (a) if (b) else (c); y = lambda: (a); z = lambda b, *c, d=(1),: (b); w = (a) < (b) < (c) or (d)\n",
        "x = [a for (a) in (b) if (c) if d for e, in f if (g)]; y = f(a for a in b); z = f((a for a in b)); {a: b for c in d}\n",
        "assert (a), (b)\ntry: pass\nexcept (A): pass\nexcept (A, B) as e: raise\nelse: pass ; \n# why\nfinally: pass\n",
        "@a\n# why\n@b(1)\n\nasync def f(a, /, b=1, *, c: int = (2), **d): ...\n@a\nclass B[T: (int, str)](C, m=1, *d, **e): 'doc'\n",
        "x = f'a{{b}}{c!r:>{w}}{d=}\\n' rf'\\n{e}' 'f' f\"{g['h']:%Y {i}}\"; b'x' b'y'; t'{a}'\n",
        "\u{feff}é = ª = 'ü'; x[1:, ::2, ...]; x[a,]; del (a), [b, c.d], e[f]; global g, h\n",
        "'a', 'b',\n'c',\nd,\n('e'),\n'f' 'g',\n",
        "type A[T] = list[T]\nx = yield\nawait a.b(c)\nreturn *a, b\nnot (not a); - 1; -(1); -1.5; +a; a @ b; a if b else c,\n",
    ] {
        let tolerant = super::tolerant_facts(source);
        let problem = match typed::facts(source) {
            Some(typed) => difference(&tolerant, &typed),
            None => Some("refused".to_owned()),
        };
        problems.extend(problem.map(|problem| format!("{source}{problem}")));
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n\n"));
}

#[test]
fn fixtures_have_one_tape() {
    tally(python_files(&root().join("fixtures"))).hold();
}

#[test]
fn examples_of_the_pages_have_one_tape() {
    let mut tally = Tally::default();
    for rule in crate::rules::Rule::all() {
        for file in rule.page().examples().iter().flat_map(|example| &example.files) {
            if file.language == "python" {
                tally.add(rule.name, &file.code);
            }
        }
    }
    tally.hold();
}

/// At most this many files of the standard library: all of a debug build's patience.
const SAMPLE: usize = 700;

/// The library of the Python that is here; a machine without one has nothing to compare.
#[test]
fn the_standard_library_has_one_tape() {
    let folder = Command::new("python3").args(["-c", "import os; print(os.path.dirname(os.__file__))"]).output();
    let Ok(folder) = folder else { return };
    let files = python_files(Path::new(String::from_utf8_lossy(&folder.stdout).trim()));
    let step = files.len().div_ceil(SAMPLE).max(1);
    tally(files.into_iter().step_by(step)).hold();
}

/// All Python below the folders that `SCALELINT_TAPES` lists, with colons between: for real code at scale.
#[test]
fn folders_named_by_the_environment_have_one_tape() {
    let Ok(folders) = std::env::var("SCALELINT_TAPES") else { return };
    let tally = tally(folders.split(':').flat_map(|folder| python_files(Path::new(folder))));
    let Tally { equal, misread, broken, refused, .. } = tally;
    let _ = writeln!(std::io::stderr(), "{equal} equal, {misread} misread, {broken} broken, {refused} refused");
    tally.hold();
}
