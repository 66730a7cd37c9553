#!/usr/bin/env python3
"""Runs scalelint over published packages and writes what became of it to docs/scale.md.

    cargo build --release && python3 benches/scale.py

Every package is a project of its own: no panic, no abort, no time-out, and a notice for every file that was not parsed whole. Needs
Python 3.9 and nothing else; packages come by pip and cargo, pinned and checked by hash. Sources are unpacked one package at a time.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "corpora"))
import fetch  # noqa: E402

START, END = "<!-- figures -->\n", "<!-- /figures -->\n"
# Kinds of notices that say that a file was not read to its end.
GAPS = {"partly-parsed", "not-parsed", "too-large", "not-text", "unreadable"}
SECONDS = 300


def check(binary, kind, name, source):
    """One package, as a row of figures."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / name
        tree.mkdir()
        if kind == "crate":
            shutil.copytree(source, tree, dirs_exist_ok=True)
        else:
            fetch.unpack(source, tree)
        files, megabytes = fetch.size(tree, ".rs" if kind == "crate" else ".py")
        command = [binary, "check", ".", "--isolated", "--format", "json", "-q", "--strict", "--allow-empty", "--threads", "1"]
        start = time.perf_counter()
        try:
            done = subprocess.run(command, cwd=tree, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
            code, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            code, out, err = "time-out", b"", b""
        seconds = time.perf_counter() - start
    try:
        report = json.loads(out)
    except ValueError:
        report = {"notices": [], "findings": []}
        code = code if code == "time-out" or code not in (0, 1, 3, 4) else "no report"
    gaps = sorted({notice["path"] for notice in report["notices"] if notice["kind"] in GAPS})
    faults = [notice["message"] for notice in report["notices"] if "fault of ours" in notice["message"]]
    faults += [line for line in err.decode(errors="replace").splitlines() if "panicked" in line]
    if code not in (0, 1, 3, 4):
        faults.append(f"ended with {code}")
    return {"kind": kind, "name": name, "files": files, "megabytes": megabytes, "seconds": seconds, "gaps": gaps,
            "faults": faults, "findings": len(report["findings"]),
            "silent": code == 4 and not report["notices"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(HERE.parent / "target" / "release" / "scalelint"))
    parser.add_argument("--jobs", type=int, default=1, help="packages at a time")
    parser.add_argument("--only", choices=["package", "crate"], help="one registry alone")
    parser.add_argument("--print", action="store_true", help="print the summary instead of writing docs/scale.md")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    work = []
    if options.only != "crate":
        work += [("package", name, wheel) for name, wheel in sorted(fetch.wheels("scale.txt").items())]
    if options.only != "package":
        work += [("crate", name, source) for name, source in sorted(fetch.crates().items())]
    rows = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda one: check(binary, *one), work):
            rows.append(row)
            if row["faults"] or row["gaps"] or row["silent"] or row["seconds"] > 20:
                print(json.dumps(row), file=sys.stderr)
    lines = summary(rows, binary)
    page = HERE.parent / "docs" / "scale.md"
    if options.print:
        print("\n".join(lines))
    else:
        text = page.read_text()
        page.write_text(text[:text.index(START) + len(START)] + "\n".join(lines) + "\n" + text[text.index(END):])
    sys.exit(any(row["faults"] or row["silent"] for row in rows))


def summary(rows, binary):
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip()
    lines = [f"Run on {datetime.date.today()} with {version}.", "",
             "| registry | packages | files | MB | parsed whole | faults | findings | slowest |", "|---|---|---|---|---|---|---|---|"]
    for kind, name in (("package", "PyPI"), ("crate", "crates.io")):
        of = [row for row in rows if row["kind"] == kind]
        if not of:
            continue
        files, gaps = sum(row["files"] for row in of), sum(len(row["gaps"]) for row in of)
        slow = max(of, key=lambda row: row["seconds"] / max(row["megabytes"], 0.5))
        lines.append(f"| {name} | {len(of)} | {files:,} | {sum(row['megabytes'] for row in of):.0f} | {100 - 100 * gaps / max(files, 1):.3f} % "
                     f"| {sum(len(row['faults']) for row in of)} | {sum(row['findings'] for row in of):,} "
                     f"| {slow['name']}: {slow['seconds']:.1f} s for {slow['megabytes']:.1f} MB |")
    lines += ["", "Files that were not parsed whole, each with a notice:", ""]
    lines += [f"- {row['kind']} {row['name']}: `{path}`" for row in rows for path in row["gaps"]] or ["- none"]
    faults = [f"- {row['kind']} {row['name']}: {fault}" for row in rows for fault in row["faults"]]
    return [*lines, *(["", "Faults:", "", *faults] if faults else [])]


if __name__ == "__main__":
    main()
