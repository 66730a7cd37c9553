#!/usr/bin/env python3
# /// script
# dependencies = ["tree-sitter>=0.25", "tree-sitter-rust>=0.24"]
# ///
"""Which changes of the program no test notices: the mutants of cargo-mutants, all of a sample in one build.

    tests/mutants.py                       the sample, and a table; tests/mutants.md says what came of it
    tests/mutants.py rules output          two groups
    tests/mutants.py --most 40 --seed 7    another sample
    tests/mutants.py --only 'rules/missing_timeout'   every mutant whose name matches
    tests/mutants.py --built --trust       go on with what was built, where the last run was broken off

cargo-mutants builds the crate anew for each mutant, which takes minutes here. It is asked for its list only; every mutant of the sample is
woven into a copy of the sources (target/mutants) behind a switch, the variable MUTANT, so that one build serves all. What the compiler
refuses counts as unviable, as it does there. An operator is replaced where it stands in the tree, not in the text: `a && b && c` becomes
`(a || b) && c`. A function that gives an unnamed type, a constant and a deleted field have no place for a switch and are not tried.

Needs `cargo install cargo-mutants` and the two packages above (`uv run` gets them). A mutant that never ends is caught by a time limit,
so leave the machine alone meanwhile.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree_sitter_rust
from tree_sitter import Language, Parser

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target/mutants"
TREE, LISTED, REFUSED, BUILT = WORK / "tree", WORK / "listed", WORK / "refused.json", WORK / "built.json"
PARSER = Parser(Language(tree_sitter_rust.language()))
PATIENCE = 60

# A line that holds one of the limits of hostile.md, wherever it stands.
LIMIT = re.compile(r"\b(MOST|DEEPEST|BUDGET|LONGEST|MAX|LIMIT)(_[A-Z]+)?\b|_(LIMIT|MAX|BYTES|NODES)\b|\blimits?\b")
# Tests that start the program many times; only what the others let pass is shown to them.
SLOW = {"adoption", "cli", "hostile", "properties"}

# What is mutated, how many of them are taken, and the tests that are asked, one after the other.
GROUPS = {
    "rules": (r"src/rules(\.rs|/.*)", 400, ["pages", "lib rules::", "fixtures", "output", "cli"]),
    "output": (r"src/(output(\.rs|/.*)|terminal\.rs|error/.*)", 80, ["lib output:: terminal:: error::", "output", "consumers", "cli", "hostile"]),
    "limits": (
        r"src/(walk(\.rs|/.*)|disk\.rs|guard\.rs|source\.rs)|LIMIT",
        80,
        ["lib OWN", "hostile"],
    ),
    "fingerprints": (r"src/(fingerprint(\.rs|/.*)|known\.rs)", 80, ["lib fingerprint:: known:: baseline::", "output", "adoption", "properties", "cli"]),
    "exits": (
        r"src/(cli(\.rs|/(check|baseline|report|streams|stdin|choosing|ignores)\.rs)|baseline(\.rs|/.*)|main\.rs|error\.rs|signals\.rs|stop\.rs)",
        80,
        ["lib cli:: baseline:: error:: signals:: stop::", "output", "cli", "adoption", "hostile"],
    ),
    "questions": (r"src/link(\.rs|/.*)", 100, ["lib link::", "pages", "fixtures", "output", "cli"]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}; all of them when none is named")
    parser.add_argument("--seed", type=int, default=24, help="of the sample")
    parser.add_argument("--most", type=int, help="mutants of a group")
    parser.add_argument("--only", type=re.compile, help="every mutant whose name matches, and no sample")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at once")
    parser.add_argument("--trust", action="store_true", help="that every test passes without a mutant")
    parser.add_argument("--try", dest="tried", nargs="*", help="only these groups of what was built")
    parser.add_argument("--built", action="store_true", help="try what was built for the same sample")
    parser.add_argument("--weave", action="store_true", help="build and stop there")
    arguments = parser.parse_args()
    unknown = set(arguments.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    mutants = chosen(arguments)
    of = defaultdict(list)
    for mutant in mutants:
        of[mutant.file].append(mutant)
    files = [File(path, of) for path, of in sorted(of.items())]
    known = remembered(mutants)
    programs = json.loads(BUILT.read_text()) if arguments.built else woven(files, mutants, known)
    if arguments.weave:
        return
    if arguments.tried:
        mutants = [mutant for mutant in mutants if mutant.group in arguments.tried]
    if arguments.built and (WORK / "outcomes.tsv").exists():
        said = {line.split("\t")[3]: line.split("\t") for line in (WORK / "outcomes.tsv").read_text().splitlines()}
        for mutant in mutants:
            if mutant.outcome is None and mutant.name in said:
                mutant.outcome, mutant.by = said[mutant.name][1:3]
    if not arguments.trust:
        sound(programs, mutants)
    outcomes(programs, mutants, arguments.jobs, arguments.built)
    table(mutants)


def group_of(entry):
    """The first group that it belongs to, if any."""
    file, span = entry["file"], entry["span"]
    for group, (files, _, _) in GROUPS.items():
        if re.fullmatch(files.removesuffix("|LIMIT"), file):
            return group
        if files.endswith("|LIMIT") and entry["genre"] != "FnValue" and re.match(r"src/(deploy|lang|link|suppress|config)", file):
            lines = (ROOT / file).read_text().split("\n")
            if LIMIT.search("\n".join(lines[span["start"]["line"] - 1 : min(span["end"]["line"], span["start"]["line"] + 2)])):
                return group
    return None


def every():
    """What cargo-mutants lists. It does not look into macros: the modules of the registry of rules are named beside it."""
    copy(LISTED)
    registry = (ROOT / "src/rules.rs").read_text()
    modules = re.findall(r'^    "[a-z0-9-]+" => (\w+),$', registry, re.M)
    write(LISTED / "src/rules.rs", (registry + "".join(f"\nmod {module};" for module in modules)).encode())
    command = ["cargo", "mutants", "--list", "--json", "--no-config", "-d", str(LISTED)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


class Mutant:
    """One change, as cargo-mutants lists it."""

    def __init__(self, number, group, entry):
        self.number, self.group = number, group
        self.file, self.genre, self.replacement = entry["file"], entry["genre"], entry["replacement"]
        self.name = entry["name"]
        self.span = entry["span"]
        self.outcome = None  # "unviable", "caught", "timeout", "survived"
        self.by = ""

    def on(self):
        crate = "scalelint" if self.file == "src/main.rs" else "crate"
        return f"{crate}::woven({self.number})"


def chosen(arguments):
    """The sample: the mutants of each group in an order that the seed says, the first of them."""
    fit = defaultdict(list)
    for entry in every():
        if not arguments.only or arguments.only.search(entry["name"]):
            fit[group_of(entry)].append(entry)
    mutants = []
    for group in arguments.groups or GROUPS:
        of = fit[group]
        population = len(of)
        if not arguments.only:
            random.Random(f"{arguments.seed} {group}").shuffle(of)
            of = of[: arguments.most or GROUPS[group][1]]
        print(f"{group}: {len(of)} of {population} mutants", flush=True)
        for entry in of:
            mutants.append(Mutant(len(mutants) + 1, group, entry))
    return mutants


# Weaving: each mutant becomes a choice at run time between what is written and what cargo-mutants would write.


class File:
    """One source file and the mutants in it."""

    def __init__(self, path, mutants):
        self.path, self.mutants = path, mutants
        self.bytes = (ROOT / path).read_bytes()
        self.lines = [0]
        for at, byte in enumerate(self.bytes):
            if byte == 10:
                self.lines.append(at + 1)
        self.root = PARSER.parse(self.bytes).root_node
        self.at = defaultdict(list)  # node id -> mutants
        self.above = set()  # ids of nodes with a mutant somewhere below
        for mutant in mutants:
            node = self.node_of(mutant)
            if node is None:
                mutant.outcome = "untried"
                continue
            self.at[node.id].append(mutant)
            while node is not None:
                self.above.add(node.id)
                node = node.parent

    def offset(self, place):
        line = self.lines[place["line"] - 1]
        text = self.bytes[line : line + 4000].decode(errors="replace")
        return line + len(text[: place["column"] - 1].encode())

    def node_of(self, mutant):
        start, end = self.offset(mutant.span["start"]), self.offset(mutant.span["end"])
        node = self.root.descendant_for_byte_range(start, end)
        wanted = {
            "BinaryOperator": ("binary_expression", "compound_assignment_expr"),
            "UnaryOperator": ("unary_expression",),
            "MatchArm": ("match_arm",),
            "MatchArmGuard": ("match_pattern",),
            "FnValue": ("function_item",),
        }.get(mutant.genre)
        if wanted is None:
            return None
        while node is not None and node.type not in wanted:
            if mutant.genre in ("BinaryOperator", "UnaryOperator") and node.type in ("block", "let_chain", "token_tree"):
                return None
            node = node.parent
        if node is not None and mutant.genre == "FnValue":
            signature = self.raw(node.start_byte, node.child_by_field_name("body").start_byte)
            # One that gives an unnamed type gives only one such type; one that is called while compiling knows no switch.
            if "impl " in signature.rsplit("->", 1)[-1] or "const " in signature.split("fn ")[0]:
                return None
        return node

    def raw(self, start, end):
        return self.bytes[start:end].decode()

    def text(self, node):
        """The text of a node with every live mutant below it woven in."""
        if node.id not in self.above:
            return self.raw(node.start_byte, node.end_byte)
        live = [mutant for mutant in self.at.get(node.id, ()) if mutant.outcome is None]
        if live and node.type in ("binary_expression", "compound_assignment_expr"):
            return self.operator(node, live)
        if live and node.type == "unary_expression":
            inner = self.text(node.children[-1])
            for mutant in live:
                whole = self.raw(node.start_byte, node.children[-1].start_byte) + inner
                if whole.startswith("!"):
                    return marked(mutant, f"(({whole}) != {mutant.on()})")
                return marked(mutant, f"(if {mutant.on()} {{ {inner} }} else {{ {whole} }})")
        pieces, at = [], node.start_byte
        for child in node.children:
            pieces.append(self.raw(at, child.start_byte))
            at = child.end_byte
            text = self.text(child)
            if live and node.type == "function_item" and child.type == "block":
                returned = "".join(marked(mutant, f" if {mutant.on()} {{ return {mutant.replacement}; }}") for mutant in live)
                text = "{" + returned + text[1:]
            elif node.type == "match_arm" and child.type == "match_pattern" and live:
                text += "".join(
                    marked(mutant, f" {'&&' if at else 'if'} !{mutant.on()}")
                    for at, mutant in enumerate(live, start=1 if child.child_by_field_name("condition") else 0)
                )
            elif node.type == "match_pattern" and live and child == node.child_by_field_name("condition"):
                for mutant in live:
                    text = marked(mutant, f"({mutant.on()} || ({text}))" if mutant.replacement == "true" else f"(!{mutant.on()} && ({text}))")
            pieces.append(text)
        pieces.append(self.raw(at, node.end_byte))
        return "".join(pieces)

    def operator(self, node, live):
        left, right = self.text(node.child_by_field_name("left")), self.text(node.child_by_field_name("right"))
        written = node.child_by_field_name("operator").type
        if written in ("&&", "||"):
            # Without writing an operand twice: `a && b` looks at b where a is true, `a || b` where it is false.
            (mutant, *more) = live
            seen = f"woven_{mutant.number}"
            on = f"({seen} != {mutant.on()})" if written == "&&" else f"({seen} == {mutant.on()})"
            assert not more, more
            return marked(mutant, f"({{ let {seen} = {left}; if {on} {{ {right} }} else {{ {seen} }} }})")
        if written in ("==", "!=") and len(live) == 1 and live[0].replacement in ("==", "!="):
            return marked(live[0], f"(({left} {written} {right}) != {live[0].on()})")
        text = f"{{ {left} {written} {right} }}"
        for mutant in live:
            text = f"{{ {marked(mutant, f'if {mutant.on()} {{ {left} {mutant.replacement} {right} }}')} else {text} }}"
        return f"({text})"


def marked(mutant, text):
    """Says in the text where a mutant is, so that an error of the compiler can be given to it."""
    return f"/*<{mutant.number}*/{text}/*{mutant.number}>*/"


def woven(files, mutants, known):
    """Write the tree, build it, drop what the compiler refuses, until it builds. Gives the programs of the tests."""
    copy(TREE, ["src/lib.rs", *(file.path for file in files)])
    write(TREE / "src/lib.rs", b"#![allow(warnings)]\n" + (ROOT / "src/lib.rs").read_bytes() + SWITCH.encode())
    numbers = {mutant.number: mutant for mutant in mutants}
    tests = sorted({test.split()[0] for group in {mutant.group for mutant in mutants} for test in GROUPS[group][2]})
    while True:
        texts = {}
        for file in files:
            texts[file.path] = file.text(file.root).encode()
            write(TREE / file.path, texts[file.path])
        # The library first: most of what the compiler refuses it refuses here.
        _, errors = build(["build", "--lib"])
        if not errors:
            kinds = [word for test in tests for word in (["--lib", "--bins"] if test == "lib" else ["--test", test])]
            programs, errors = build(["test", "--no-run", *kinds])
        if not errors:
            break
        refused = set()
        for path, start, code, message in errors:
            number = innermost(texts.get(path, b""), start)
            found = arms(texts[path], start) if code == "E0004" else {number} - {None}
            if not found:
                sys.exit(f"{path}: {message}")
            for number in found:
                refused.add(number)
                refuse(numbers[number], code)
        known |= {numbers[number].name: numbers[number].by for number in refused}
        REFUSED.write_text(json.dumps(known, indent=0))
        print(f"{len(refused)} refused by the compiler", flush=True)
    BUILT.write_text(json.dumps(programs))
    return programs


def remembered(mutants):
    """What the compiler refused an earlier time, by name."""
    known = json.loads(REFUSED.read_text()) if REFUSED.exists() else {}
    for mutant in mutants:
        if mutant.outcome is None and mutant.name in known:
            refuse(mutant, known[mutant.name])
    return known


def refuse(mutant, code):
    """The compiler refuses it. In a constant it refuses no more than the switch."""
    mutant.outcome, mutant.by = ("untried" if code in IN_CONSTANTS else "unviable"), code


def innermost(text, at):
    """The mutant around a place of a woven text whose text is the smallest."""
    open_, best = [], None
    for found in re.finditer(rb"/\*(?:<(\d+)|(\d+)>)\*/", text):
        if found.group(1):
            open_.append((int(found.group(1)), found.start()))
        else:
            number, start = open_.pop()
            assert number == int(found.group(2))
            if start <= at < found.end() and (best is None or found.end() - start < best[1]):
                best = (number, found.end() - start)
    return best and best[0]


def arms(text, at):
    """The mutants that delete an arm of the `match` on the value at a place: without any of them it may leave something out."""
    node = PARSER.parse(text).root_node.descendant_for_byte_range(at, at + 1)
    while node is not None and not (node.type == "match_expression" and node.child_by_field_name("value").start_byte <= at):
        node = node.parent
    patterns = [arm.child_by_field_name("pattern").text for arm in node.child_by_field_name("body").named_children if arm.type == "match_arm"]
    return {int(number) for pattern in patterns for number in re.findall(rb"/\*<(\d+)\*/ (?:if|&&) !", pattern)}


def copy(to, but=()):
    """The files of the project as they stand, but some."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    wanted = {name for name in listed.decode().split("\0") if name and (ROOT / name).exists()}
    for old in [path for path in to.rglob("*") if path.is_file() or path.is_symlink()]:
        if str(old.relative_to(to)) not in wanted:
            old.unlink()
    for name in sorted(wanted - set(but)):
        path = ROOT / name
        if path.is_symlink():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).unlink(missing_ok=True)
            (to / name).symlink_to(os.readlink(path))
        else:
            write(to / name, path.read_bytes())
            shutil.copymode(path, to / name)


# A call that no constant may make.
IN_CONSTANTS = ("E0015", "E0658")

SWITCH = """
/// Whether this mutant is the one that is tried.
#[must_use]
pub fn woven(number: u32) -> bool {
    static ON: std::sync::LazyLock<u32> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0));
    *ON == number
}
"""


def write(path, content):
    """Only what differs, so that as little as possible is built again."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def build(arguments):
    command = ["cargo", *arguments, "--locked", "--message-format=json"]
    environment = {"CARGO_TARGET_DIR": str(ROOT / "target"), **os.environ}
    run = subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, text=True, env=environment)
    programs, errors = {}, []
    for line in run.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
            name = message["target"]["name"]
            if message["target"]["kind"] != ["bin"]:
                programs["lib" if message["target"]["kind"] == ["lib"] else name] = message["executable"]
        if message["reason"] == "compiler-message" and message["message"]["level"] == "error":
            spans = [span for span in message["message"]["spans"] if span["is_primary"]]
            code = (message["message"]["code"] or {}).get("code", "syntax")
            errors += [("syntax", 0, code, message["message"]["rendered"])] * (not spans and code != "syntax")
            errors += [(span["file_name"], span["byte_start"], code, message["message"]["rendered"]) for span in spans]
    if run.returncode and not errors:
        sys.exit("the build failed, and not by a mutant")
    return programs, errors


# Trying.


def sound(programs, mutants):
    """Without a mutant every test must pass, or nothing could be said."""
    failed = set()
    for name, program in sorted(programs.items()):
        start = time.monotonic()
        if (how := tried([program], {}, 20 * PATIENCE)[0]) != "passed":
            failed.add(name)
        print(f"{name}: {how} in {time.monotonic() - start:.1f} s without a mutant", flush=True)
    if failed:
        sys.exit("not sound")


def tried(program, variables, patience=PATIENCE):
    environment = {**os.environ, **variables, "INSTA_UPDATE": "no", "CI": "1"}
    started = subprocess.Popen(
        [*program, "--quiet"], cwd=TREE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
    )
    try:
        said, _ = started.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()
        return "timeout", ""
    return ("passed" if started.returncode == 0 else "failed"), said


def own(file):
    """Where the library's own tests of a file are, as they are named: those of its room."""
    parts = file.removeprefix("src/").removesuffix(".rs").split("/")
    return "::".join(parts[: 3 if parts[0] == "deploy" else 1]) + "::"


def outcomes(programs, mutants, jobs, resumed):
    alive = [mutant for mutant in mutants if mutant.outcome is None]
    log = open(WORK / "outcomes.tsv", "a" if resumed else "w", buffering=1)
    for mutant in mutants:
        if mutant.outcome:
            log.write(f"{mutant.group}\t{mutant.outcome}\t{mutant.by}\t{mutant.name}\n")

    def ask(mutant, tests):
        variables = {"MUTANT": str(mutant.number)}
        page = re.fullmatch(r"src/rules/(\w+)\.rs", mutant.file)
        page = page and page.group(1).replace("_", "-")
        for test in tests:
            # A rule is tried on its own page alone: no other page runs it.
            if test == "pages" and (ROOT / f"rules/{page}.md").exists():
                variables["PAGE"] = page
            name, *only = test.replace("OWN", own(mutant.file)).split()
            how, said = tried([programs[name], *only], variables)
            if how != "passed":
                names = re.findall(r"^    (\S+)$", said, re.M) or re.findall(r"panicked at (\S+)", said)
                mutant.outcome, mutant.by = ("timeout" if how == "timeout" else "caught"), f"{name} {names[0] if names else ''}".strip()
                return

    def note(mutant):
        log.write(f"{mutant.group}\t{mutant.outcome}\t{mutant.by}\t{mutant.name}\n")

    def quickly(mutant):
        ask(mutant, [test for test in GROUPS[mutant.group][2] if test.startswith("lib ")])
        if mutant.outcome:
            note(mutant)

    def slowly(mutant):
        ask(mutant, [test for test in GROUPS[mutant.group][2] if not test.startswith("lib ")])
        mutant.outcome = mutant.outcome or "survived"
        note(mutant)

    # All groups at the same pace, so that a run that is broken off has said something of each.
    sizes, seen, share = Counter(mutant.group for mutant in alive), Counter(), {}
    for mutant in alive:
        seen[mutant.group] += 1
        share[mutant.number] = seen[mutant.group] / sizes[mutant.group]
    alive.sort(key=lambda mutant: share[mutant.number])
    for step in [quickly, slowly]:
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(step, [mutant for mutant in alive if mutant.outcome is None]))
        left = [mutant for mutant in alive if mutant.outcome in (None, "survived")]
        print(f"{len(left)} of {len(alive)} left", flush=True)
        for mutant in left:
            print(f"  {mutant.group}: {mutant.number} {mutant.name}", flush=True)


def table(mutants):
    print("| group | mutants | not woven | unviable | caught | of these by the time limit | survived | caught of the tried |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for group in GROUPS:
        of = Counter(mutant.outcome for mutant in mutants if mutant.group == group)
        caught = of["caught"] + of["timeout"]
        if tried := caught + of["survived"]:
            cells = [sum(of.values()), of["untried"], of["unviable"], caught, of["timeout"], of["survived"], f"{caught / tried:.1%}"]
            print(f"| {group} | {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
