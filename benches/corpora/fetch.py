"""Fetches the pinned packages of this folder with pip and cargo, checked by hash, into a cache outside the tree."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("SCALELINT_BENCH_CACHE") or pathlib.Path.home() / ".cache" / "scalelint-bench")
# One platform for every machine, so that the same files are read everywhere.
WHEELS = """--no-deps --only-binary=:all: --ignore-requires-python --require-hashes --python-version 3.13 --implementation cp
    --abi cp313 --abi abi3 --abi none --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64
    --platform manylinux1_x86_64 --platform any""".split()


def run(command, **more):
    print("+", " ".join(map(str, command)), file=sys.stderr)
    subprocess.run(list(map(str, command)), check=True, **more)


def is_wheel(path, start):
    """Whether a file is the wheel whose name starts so; wheels are written with dots and capitals too."""
    name, _, rest = path.name.partition("-")
    return f"{name.replace('.', '_').lower()}-{rest}".startswith(start)


def wheels(listed, packages=None):
    """The wheels of a requirements file, by package: all of them, or those that are named."""
    folder = CACHE / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line for line in (HERE / listed).read_text().splitlines() if line and not line.startswith("#")]
    found = {}
    missing = []
    for line in lines:
        requirement, _, digest = line.partition(" ")
        name, _, version = requirement.partition("==")
        if packages is not None and name not in packages:
            continue
        start = f"{name.replace('-', '_')}-{version}-"
        wheel = next((path for path in folder.iterdir() if is_wheel(path, start)), None)
        found[name] = wheel
        if wheel is None:
            missing.append((name, start, f"{requirement} {digest}"))
    if missing:
        wanted = folder / "wanted.txt"
        wanted.write_text("\n".join(line for *_, line in missing) + "\n")
        run([sys.executable, "-m", "pip", "download", "-q", *WHEELS, "-d", folder, "-r", wanted])
        for name, start, _ in missing:
            found[name] = next(path for path in folder.iterdir() if is_wheel(path, start))
    return found


def unpack(wheel, folder, ending=".py"):
    """The sources of a wheel; what leads out of the folder is left out."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            target = (folder / entry.filename).resolve()
            if entry.filename.endswith(ending) and target.is_relative_to(folder.resolve()):
                archive.extract(entry, folder)


def crates(packages=None):
    """The sources of the crates that corpora/crates names, by crate; never built."""
    home = CACHE / "cargo"
    manifest = CACHE / "crates"
    manifest.mkdir(parents=True, exist_ok=True)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(HERE / "crates" / name, manifest / name)
    (manifest / "none.rs").touch()
    command = ["cargo", "fetch", "-q", "--locked", "--target", "x86_64-unknown-linux-gnu", "--manifest-path", manifest / "Cargo.toml"]
    run(command, env={**os.environ, "CARGO_HOME": str(home)})
    found = {}
    for name, version in pinned().items():
        if packages is None or name in packages:
            found[name] = next((home / "registry" / "src").glob(f"*/{name}-{version}"))
    return found


def pinned():
    """The crates that corpora/crates names itself, with their versions in its lock file."""
    lock = (HERE / "crates" / "Cargo.lock").read_text().split("[[package]]")
    versions, named = {}, []
    for package in lock[1:]:
        name, version = (re.search(rf'^{key} = "(.*)"$', package, re.MULTILINE)[1] for key in ("name", "version"))
        versions.setdefault(name, version)
        if name == "scalelint-corpus":
            named = re.findall(r'^ "(\S+)(?: (\S+))?.*",$', package, re.MULTILINE)
    return {name: version or versions[name] for name, version in named}


def size(folder, ending):
    files = [path for path in pathlib.Path(folder).rglob(f"*{ending}") if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files) / 1e6
