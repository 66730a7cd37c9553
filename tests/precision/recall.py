#!/usr/bin/env python3
"""How much of what a reader of the catalogue would expect does a build find?

`python3 tests/precision/recall.py BINARY [RULE]` unpacks outsider-c.txt, takes the marks (`want: rule`, `never: rule`) out of the code,
runs the binary on each project with every rule, and counts what is wanted as met when the rule speaks within two lines of it, and what is not as false when it speaks there.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BUNDLE = pathlib.Path(__file__).with_name("outsider-c.txt")
MARK = re.compile(r"\s*(?:#|//|--|<!--)\s*(want|never):\s*([a-z, -]+?)\s*(?:-->)?\s*$")
NEAR = 2


def unpack(folder):
    """Write the files without their marks; gives (project, path, line, kind, rule) of each mark."""
    marks = []
    for part in BUNDLE.read_text().split("\n=== "):
        path, _, text = part.removeprefix("=== ").partition("\n")
        project, _, inner = path.partition("/")
        lines = text.split("\n")
        for at, line in enumerate(lines):
            if found := MARK.search(line):
                lines[at] = line[: found.start()]
                rules = [rule.strip() for rule in found[2].split(",")]
                marks += [(project, inner, at + 1, found[1], rule) for rule in rules if rule]
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines) + "\n")
    return marks


def found_in(binary, folder):
    command = [binary, "check", ".", "--isolated", "-q", "--no-cache", "--select", "all", "--format", "json"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return json.loads(run.stdout)["findings"]


def main():
    binary, only = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        marks = [mark for mark in unpack(folder) if not only or mark[4] in only]
        findings = {project: found_in(binary, folder / project) for project in {mark[0] for mark in marks}}
    totals = collections.defaultdict(collections.Counter)
    for project, path, line, kind, rule in sorted(marks):
        most = NEAR if kind == "want" else 0
        near = any(f["rule"] == rule and f["path"] == path and abs(f["line"] - line) <= most for f in findings[project])
        totals[rule][kind, near] += 1
        if near != (kind == "want"):
            print("missed" if kind == "want" else "false ", rule, f"{project}/{path}:{line}")
    for rule, count in sorted(totals.items()):
        print(f"{rule}: {count['want', True]} of {count['want', True] + count['want', False]}, false {count['never', True]}")
    met = sum(count["want", True] for count in totals.values())
    wanted = met + sum(count["want", False] for count in totals.values())
    print(f"{met} of {wanted}, false {sum(count['never', True] for count in totals.values())}")


if __name__ == "__main__":
    main()
