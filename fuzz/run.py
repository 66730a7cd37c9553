#!/usr/bin/env python3
"""Runs fuzz targets, each for some seconds, and prints a table of what came of it.

    fuzz/run.py                     all targets, ten seconds each
    fuzz/run.py 600 python rust     two of them, ten minutes each
    fuzz/run.py --sanitizer address 60

Needs a nightly toolchain and `cargo install cargo-fuzz`. Inputs that broke something are kept under fuzz/artifacts/TARGET, the corpora
under fuzz/corpus/TARGET: a later run goes on from there. The exit code is 1 when anything broke.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
TARGETS = re.findall(r'^\s*\("(\w+)", \w+\),$', (FUZZ / "src/targets.rs").read_text(), re.M)

# Bytes of an input, seconds and megabytes that one may take. An input that takes longer than SLOW seconds is a slow unit.
LENGTH, PATIENCE, MEMORY, SLOW = 8192, 20, 2048, 5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", nargs="?", type=int, default=10, help="for each target")
    parser.add_argument("targets", nargs="*", help="all of them when none is named")
    parser.add_argument("--sanitizer", default="none", help="none (quick; nearly all of it is safe Rust) or address")
    parser.add_argument("--seed", type=int, default=0, help="of the changes: a gate makes the same ones each time; 0 takes any")
    parser.add_argument("--built", action="store_true", help="run what is built, without building it again")
    arguments = parser.parse_args()
    targets = arguments.targets or TARGETS
    unknown = set(targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    seed()
    if not arguments.built:
        # All at once: they share everything but their last step.
        build = ["cargo", "+nightly", "fuzz", "build", "--sanitizer", arguments.sanitizer]
        subprocess.run(build, cwd=FUZZ.parent, check=True)
    rows = [run(target, arguments.seconds, arguments.seed) for target in targets]
    print("| target | executions | per second | CPU seconds | coverage | crashes | slow units |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")
    sys.exit(any(row[5] for row in rows))


def seed():
    """Write the seeds of every target: the stable test knows them."""
    test = ["cargo", "test", "--quiet", "--locked", "--test", "fuzz_seeds", "write_the_corpora", "--", "--ignored"]
    subprocess.run(test, cwd=FUZZ.parent, check=True, stdout=subprocess.DEVNULL)


def run(target, seconds, changes):
    """A row of the table. What broke is kept and the run goes on until its time is over."""
    artifacts = FUZZ / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    before = set(artifacts.iterdir())
    end = time.monotonic() + seconds
    executions, coverage, used = 0, 0, 0.0
    while (left := end - time.monotonic()) > 1:
        command = [
            FUZZ / "target/x86_64-unknown-linux-gnu/release" / target,
            FUZZ / "corpus" / target,
            f"-artifact_prefix={artifacts}/",
            f"-seed={changes}",
            f"-max_total_time={int(left)}",
            f"-max_len={LENGTH}",
            f"-timeout={PATIENCE}",
            f"-rss_limit_mb={MEMORY}",
            f"-report_slow_units={SLOW}",
            "-print_final_stats=1",
        ]
        with open(FUZZ / "target" / f"{target}.log", "w+") as log:
            started = times()
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
            used += times() - started
            log.seek(0)
            text = log.read()
        executions += max(map(int, re.findall(r"^(?:stat::number_of_executed_units:\s+|#)(\d+)", text, re.M)), default=0)
        coverage = max([coverage, *map(int, re.findall(r" cov: (\d+) ", text))])
    found = {path.name.split("-")[0] for path in set(artifacts.iterdir()) - before}
    new = [path for path in set(artifacts.iterdir()) - before]
    slow = sum(path.name.startswith("slow-unit-") for path in new)
    crashes = len(new) - slow
    print(f"{target}: {executions} executions, {crashes} crashes {sorted(found)}", file=sys.stderr)
    return target, executions, round(executions / max(seconds, 1)), round(used), coverage, crashes, slow


def times():
    """CPU seconds of all children so far."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
