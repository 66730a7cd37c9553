"""Counts the judged findings that a build still reports.

    python3 tests/precision/score.py BINARY FOLDER

FOLDER holds one folder for each project of projects.tsv, unpacked there by unpack.py. Lines are those of the commits named
in projects.tsv.
"""

import collections
import csv
import json
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).parent
binary, folder = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
with open(here / "verdicts.tsv", encoding="utf-8") as lines:
    verdicts = {(row["project"], row["rule"], row["path"], int(row["line"])): row["verdict"] for row in csv.DictReader(lines, delimiter="\t")}
judged = collections.defaultdict(collections.Counter)
gone = collections.Counter(verdicts.values())
for project in sorted({key[0] for key in verdicts}):
    if not (folder / project).is_dir():
        continue
    command = [binary, "check", ".", "--isolated", "-q", "--format", "json"]
    run = subprocess.run(command, cwd=folder / project, capture_output=True, text=True, check=False)
    for finding in json.loads(run.stdout)["findings"]:
        verdict = verdicts.get((project, finding["rule"], finding["path"], finding["line"]), "unjudged")
        judged[finding["rule"]][verdict] += 1
        gone[verdict] -= verdict != "unjudged"
for rule, counts in sorted(judged.items()):
    print(f"{rule:26}", dict(counts))
print("no longer reported        ", {verdict: count for verdict, count in gone.items() if count > 0})
