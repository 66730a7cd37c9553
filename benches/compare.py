#!/usr/bin/env python3
"""Compares scalelint with its peers on pinned packages, and writes the table of docs/performance.md.

    cargo build --release && python3 benches/compare.py --install     # all of it; about half an hour on two cores
    python3 benches/compare.py --only py-18 --pairs 3 --print           # one corpus, printed and not written

Every figure is measured in alternating pairs, scalelint and a peer on the same tree, and given as the median of the pairs' ratios:
other work on the machine then weighs on both. Time is processor time (user and system) unless it says wall. The page cache is warm.
Each peer is installed into an environment of its own; one that cannot be installed, or fails, is left out, and said so. Needs Python 3.9
and nothing else; packages come by pip and cargo.
"""

import argparse
import datetime
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "corpora"))
import fetch  # noqa: E402

CORPORA = {
    "py-5": ["open-webui"],
    "py-18": ["apache-airflow-core", "apache-superset", "django"],
    "py-50": ["apache-airflow-core", "apache-superset", "django", "litellm", "sqlalchemy"],
    "py-145": ["apache-airflow-core", "apache-superset", "dagster", "django", "homeassistant", "litellm", "mlflow", "open-webui",
               "prefect", "sqlalchemy"],
    "rust": ["datafusion", "datafusion-physical-plan", "diesel", "mongodb", "polars-core", "polars-plan", "redis", "rustls", "tantivy", "tokio"],
}
PEERS = ["ast-grep-cli==0.51.1", "bandit==1.9.4", "ruff==0.17.6", "semgrep==1.182.0"]
# bandit and semgrep take a hundred times as long as the others: fewer pairs, and bandit, which has one thread, only against one.
SLOW = ("bandit", "semgrep")
# What a run may take of memory: this much, and the size of the source once.
MEMORY_MIB = 64
START, END = "<!-- figures -->\n", "<!-- /figures -->\n"

# Ten questions of the kind that scalelint asks; the first one alone is the comparison with one rule.
PYTHON_PATTERNS = ["requests.get($$$A)", "time.sleep($A)", "threading.Lock()", "open($$$A)", "subprocess.run($$$A)",
                   "$A.objects.all()", "sqlite3.connect($$$A)", "global $A", "random.random()", "logging.info($$$A)"]
RUST_PATTERNS = ["$A.unwrap()", "std::thread::sleep($A)", "Mutex::new($A)", "reqwest::get($A)", "$A.clone()",
                 "tokio::spawn($A)", "std::fs::read($A)", "println!($$$A)", "HashMap::new()", "Vec::with_capacity($A)"]


def ast_grep_rules(language, count):
    patterns = (PYTHON_PATTERNS if language == "python" else RUST_PATTERNS)[:count]
    rules = [f"id: r{at}\nlanguage: {language}\nrule:\n  pattern: {pattern!r}\n" for at, pattern in enumerate(patterns)]
    return "---\n".join(rules)


def semgrep_rules():
    patterns = [pattern.replace("$$$A", "...") for pattern in PYTHON_PATTERNS[:5]]
    rules = "".join(f"  - id: r{at}\n    languages: [python]\n    severity: INFO\n    message: found\n    pattern: {pattern}\n"
                    for at, pattern in enumerate(patterns))
    return "rules:\n" + rules


def peers(corpus, threads, scratch):
    """The commands to compare with, by name: (command, environment)."""
    language = "rust" if corpus == "rust" else "python"
    found = {}
    if language == "python":
        command = ["ruff", "check", "--no-cache", "--isolated", "-q", "--select", "S113", "."]
        found["ruff, one rule"] = (command, {"RAYON_NUM_THREADS": str(threads)})
    for count, name in ((1, "ast-grep, one rule"), (10, "ast-grep, ten rules")):
        rules = ast_grep_rules(language, count)
        found[name] = (["ast-grep", "scan", "--threads", str(threads), "--json=stream", "--inline-rules", rules, "."], {})
    if language == "python" and threads == 1:
        found["bandit, one test"] = (["bandit", "-q", "-r", "-t", "B113", "-f", "json", "."], {})
    if language == "python" and threads == 2:
        config = scratch / "semgrep.yml"
        config.write_text(semgrep_rules())
        command = ["semgrep", "scan", "-q", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--json", "--jobs", "2",
                   "--config", str(config), "."]
        found["semgrep, five rules"] = (command, {"SEMGREP_SETTINGS_FILE": str(scratch / "settings.yml")})
    return found


class Failed(Exception):
    """A tool that could not do its work."""


def measure(command, environment, folder):
    """One run: (processor seconds, wall seconds, peak MiB)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise Failed(f"{command[0]} ended with {process.returncode} in {folder}")
    scale = 1 if sys.platform != "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024 / scale


def pair(ours, theirs, folder, pairs):
    rounds = []
    for number in range(pairs):
        both = [measure(*theirs, folder), measure(*ours, folder)] if number % 2 else [measure(*ours, folder), measure(*theirs, folder)][::-1]
        rounds.append((both[1], both[0]))
    median = lambda side, which: statistics.median(one[side][which] for one in rounds)
    ratio = lambda which: statistics.median(one[0][which] / one[1][which] for one in rounds)
    return [median(0, at) for at in range(3)], [median(1, at) for at in range(3)], ratio(0), ratio(1)


def own(binary, threads):
    return [binary, "check", ".", "--isolated", "--format", "json", "-q", "--threads", str(threads)], {}


def steps(binary, threads, folder):
    """The share of linking and rules in one run, by the wall, as the program itself tells it."""
    command = [*own(binary, threads)[0], "--timings"]
    answer = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    told = {}
    for line in answer.stderr.splitlines():
        what, _, time = line.removeprefix("time: ").removesuffix(" ms").rpartition(" ")
        if line.startswith("time: "):
            told.setdefault(what, float(time))
    whole = sum(told.get(step, 0) for step in ("walk", "extract", "link and check", "report"))
    return told.get("link and check", 0) / whole if whole else float("nan")


def corpora(wanted):
    """The folders of the corpora, made when they are missing."""
    made = {}
    python = sorted({package for name in wanted if name != "rust" for package in CORPORA[name]})
    wheels = fetch.wheels("compare.txt", python) if python else {}
    crates = fetch.crates(CORPORA["rust"]) if "rust" in wanted else {}
    for name in wanted:
        folder = fetch.CACHE / "trees" / name
        for package in CORPORA[name]:
            target = folder / package
            if target.exists():
                continue
            partly = target.with_suffix(".partly")
            shutil.rmtree(partly, ignore_errors=True)
            partly.mkdir(parents=True)
            if name == "rust":
                shutil.copytree(crates[package], partly, dirs_exist_ok=True)
            else:
                fetch.unpack(wheels[package], partly)
            partly.rename(target)
        made[name] = folder
    return made


def environment(peer):
    return fetch.CACHE / "venvs" / peer.partition("==")[0]


def install():
    """Each peer into an environment of its own: what one needs is not what another needs."""
    for peer in PEERS:
        try:
            if not (environment(peer) / "bin" / "python").exists():
                fetch.run([sys.executable, "-m", "venv", environment(peer)])
            fetch.run([environment(peer) / "bin" / "python", "-m", "pip", "install", "-q", peer])
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{peer} cannot be installed: {error}", file=sys.stderr)


def version(command):
    try:
        answer = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=300)
        return next(iter((answer.stdout or answer.stderr).strip().splitlines()), "")
    except (OSError, subprocess.TimeoutExpired):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(HERE.parent / "target" / "release" / "scalelint"))
    parser.add_argument("--pairs", type=int, default=5, help="pairs for each comparison (5)")
    parser.add_argument("--slow-pairs", type=int, default=2, help="the same for bandit and semgrep, which take long (2)")
    parser.add_argument("--peer", action="append", help="only this peer: ruff, ast-grep, bandit, semgrep; may be repeated")
    parser.add_argument("--slow-below", type=float, default=float("inf"), metavar="MB",
                        help="bandit and semgrep only on corpora below this size")
    parser.add_argument("--only", action="append", choices=CORPORA, help="this corpus; may be repeated")
    parser.add_argument("--threads", type=int, action="append", help="this many threads; may be repeated (1 and 2)")
    parser.add_argument("--install", action="store_true", help="install the peers into the cache with pip")
    parser.add_argument("--print", action="store_true", help="print the table instead of writing docs/performance.md")
    options = parser.parse_args()
    if options.install:
        install()
    # Nothing is told to anybody, and nobody is asked for a newer version: the answer would be waited for.
    os.environ.update(SEMGREP_SEND_METRICS="off", SEMGREP_ENABLE_VERSION_CHECK="0")
    os.environ["PATH"] = os.pathsep.join([*(str(environment(peer) / "bin") for peer in PEERS), os.environ["PATH"]])
    binary = str(pathlib.Path(options.binary).resolve())
    if not os.access(binary, os.X_OK):
        raise SystemExit(f"{binary} is missing: cargo build --release, or name one with --binary")
    lines = figures(binary, options)
    page = HERE.parent / "docs" / "performance.md"
    text = page.read_text()
    table = "\n".join(lines) + "\n"
    if options.print:
        print(table)
    else:
        page.write_text(text[:text.index(START) + len(START)] + table + text[text.index(END):])


def figures(binary, options):
    """The table, and what it was measured with."""
    wanted, threads = options.only or list(CORPORA), options.threads or [1, 2]
    folders = corpora(wanted)
    names = options.peer or ["ruff", "ast-grep", "bandit", "semgrep"]
    versions = {name: version([name]) for name in names}
    for name, found in versions.items():
        if found is None:
            print(f"{name} is not installed and left out", file=sys.stderr)
    said = ", ".join(found if name in found else f"{name} {found}" for name, found in versions.items() if found)
    left = ", ".join(name for name, found in versions.items() if not found)
    lines = [f"Measured on {datetime.date.today()}: {platform.machine()}, {os.cpu_count()} cores, {platform.system()}; "
             f"{version([binary])} with all recommended rules; {said}{'; not installed: ' + left if left else ''}. "
             f"Pairs: {options.pairs}, with bandit and semgrep {options.slow_pairs}.", ""]
    lines += ["| corpus | files | MB | threads | CPU s | wall s | CPU ms per MB | link and rules | peak MiB | allowed MiB | bytes per source byte |",
              "|---|---|---|---|---|---|---|---|---|---|---|"]
    compared = ["| corpus | threads | peer | its CPU s | CPU ratio | wall ratio | its peak MiB |", "|---|---|---|---|---|---|---|"]
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name in wanted:
            count, megabytes = fetch.size(folders[name], ".rs" if name == "rust" else ".py")
            source = megabytes * 1e6 / 2**20
            for number in threads:
                ours = own(binary, number)
                alone = [measure(*ours, folders[name]) for _ in range(options.pairs + 1)][1:]
                cpu, wall, peak = (statistics.median(one[at] for one in alone) for at in range(3))
                lines.append(f"| {name} | {count:,} | {megabytes:.1f} | {number} | {cpu:.2f} | {wall:.2f} | {cpu / megabytes * 1e3:.1f} "
                             f"| {steps(binary, number, folders[name]):.0%} | {peak:,.0f} | {MEMORY_MIB + source:,.0f} | {peak / source:.2f} |")
                print(lines[-1], file=sys.stderr)
                for peer, theirs in peers(name, number, scratch).items():
                    if versions.get(theirs[0][0]) is None or options.peer and theirs[0][0] not in options.peer:
                        continue
                    if theirs[0][0] in SLOW and megabytes >= options.slow_below:
                        continue
                    pairs = options.slow_pairs if theirs[0][0] in SLOW else options.pairs
                    try:
                        _, their, by_cpu, by_wall = pair(ours, theirs, folders[name], pairs)
                    except Failed as error:
                        failed.append(str(error))
                        print(f"left out: {error}", file=sys.stderr)
                        continue
                    compared.append(f"| {name} | {number} | {peer} | {their[0]:.2f} | {by_cpu:.3f} | {by_wall:.3f} | {their[2]:.0f} |")
                    print(compared[-1], file=sys.stderr)
        one = scratch / "one"
        one.mkdir()
        (one / "app.py").write_text("import requests\n\n\ndef read():\n    return requests.get('https://example.org')\n")
        runs = [measure(*own(binary, 1), one) for _ in range(21)][1:]
        start = [statistics.median(run[at] for run in runs) * 1e3 for at in range(2)]
        peak = statistics.median(run[2] for run in runs)
    start = f"Start-up, a project of one file: {start[0]:.1f} ms CPU, {start[1]:.1f} ms wall, {peak:.0f} MiB."
    told = ["", *(f"Left out: {error}." for error in failed)] if failed else []
    shares = f"Link and rules: their share of the wall time. Allowed: {MEMORY_MIB} MiB and the size of the source once."
    return [*lines, "", shares, "", "Ratios are scalelint's share of the peer's time: below 1 it is quicker.", "", *compared, *told, "", start]


if __name__ == "__main__":
    main()
