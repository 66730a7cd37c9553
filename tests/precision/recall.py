#!/usr/bin/env python3
"""How much of what a reader of the catalogue would expect does a build find?

`python3 tests/precision/recall.py [BUNDLE] BINARY [RULE]` unpacks a bundle (outsider-c.txt unless another is named), takes the marks (`want: rule`, `never: rule`) out of the code,
runs the binary on each project with every rule, and counts what is wanted as met when the rule speaks within two lines of it, and what is not as false when it speaks there.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

MARK = re.compile(r"\s*(?:#|//|--|<!--)\s*(want|never):\s*([a-z, -]+?)\s*(?:-->)?\s*$")
NEAR = 2


def unpack(bundle, folder):
    """Write the files of a bundle without their marks; gives (project, path, line, kind, rule) of each mark."""
    marks = []
    for part in bundle.read_text().split("\n=== "):
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
    given = sys.argv[1:]
    bundle = pathlib.Path(given.pop(0) if given[0].endswith(".txt") else pathlib.Path(__file__).with_name("outsider-c.txt"))
    binary, only = str(pathlib.Path(given[0]).resolve()), given[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        marks = [mark for mark in unpack(bundle, folder) if not only or mark[4] in only]
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
