#!/usr/bin/env python3
"""Every command of the runbook that is ours is one that the program knows, with flags that it takes, and is typed where
it can work.

Usage: runbook_test.py. CLAIMFERRY_BIN: the folder of the program `claimferry`. Exit status 77: there is none.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys

OBSERVABILITY = pathlib.Path(__file__).resolve().parents[3] / "deploy" / "k8s" / "observability"
# What a worker alone may reach: the payer, and sealed tokens.
WORKERS = ("doctor", "member add", "keys", "reprocess")
# In the place of words that stand for a value; the others are taken as they are.
VALUES = {"N": "40", '"$(date -u +%F)"': "2026-01-31"}
# No configuration: what is typed well is said to lack one, and reaches nothing.
NOWHERE = "/nonexistent/claimferry.toml"
LACKS_CONFIGURATION = f"{NOWHERE}: cannot be read"


def commands(runbook):
    """(shell function, words) of each, in the text or on a line of its own."""
    text = re.sub(r"```.*?```", "", runbook, flags=re.S)
    spans = re.findall(r"`([^`]+)`", text) + re.findall(r"^    (.+)$", text, re.M)
    for span in spans:
        found = re.fullmatch(r"(claimferry(?:_worker)?) (.+)", " ".join(span.split()))
        if found:
            yield found[1], found[2]


def misplaced(function, words):
    wanted = "claimferry_worker" if words.startswith(WORKERS) else "claimferry"
    if function != wanted:
        yield f"`{function} {words}` is to be typed by {wanted}"


def refused(program, words):
    for name, value in VALUES.items():
        words = re.sub(rf"(?<!\S){re.escape(name)}(?!\S)", value, words)
    done = subprocess.run([program, "--config", NOWHERE, *shlex.split(words)], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)
    said = (done.stderr + done.stdout).strip()
    if LACKS_CONFIGURATION not in said:
        yield f"`claimferry {words}`: {said.splitlines()[0] if said else done.returncode}"


def mistakes(program, runbook):
    for function, words in sorted(set(commands(runbook))):
        yield from misplaced(function, words)
        if program:
            yield from refused(program, words)


PLANTED = [
    ("is no command", "    claimferry dead lisst", True),
    ("not expected: --bogus", "`claimferry dead list --bogus`", True),
    ("scope is required", "`claimferry\nresume`", True),
    ("--since takes a day", "    claimferry audit show --since TODAY", True),
    ("typed by claimferry_worker", "    claimferry doctor --payer PAYER", False),
    ("typed by claimferry_worker", "`claimferry member add M`", False),
    ("typed by claimferry", "`claimferry_worker status`", False),
]


def main():
    folder = os.environ.get("CLAIMFERRY_BIN")
    program = pathlib.Path(folder) / "claimferry" if folder else None
    if program and not os.access(program, os.X_OK):
        program = None
    runbook = (OBSERVABILITY / "runbook.md").read_text()
    found = list(mistakes(program, runbook))
    for said, text, by_program in PLANTED:
        if (program or not by_program) and not any(said in one for one in mistakes(program, text)):
            found.append(f"nothing says {said!r} of {text!r}")
    for mistake in found:
        print(mistake)
    if found:
        return 1
    if not program:
        print("skipped: whether the program takes the runbook's commands: no claimferry in CLAIMFERRY_BIN")
        return 77
    print(f"the program takes {len(set(commands(runbook)))} commands of the runbook")
    return 0


if __name__ == "__main__":
    sys.exit(main())
