"""k8s_check_test.py FOLDER: runs the cross-check on the overlays rendered there, as they are and with each mistake."""

import copy
import os
import pathlib
import sys
import tempfile

import cross_check
import documents
import mistakes
import more_mistakes  # noqa: F401: adds to the table
import programs

LEAST = 20


def main(folder):
    folder = pathlib.Path(folder)
    binaries = os.environ.get("CLAIMFERRY_BIN", "")
    lacking = programs.missing_tools(binaries)
    if lacking:
        print(f"skipped: what the programs would find: {lacking}")
    overlays = {path.stem: documents.read_overlay(path, path.with_suffix(".outside"))
                for path in sorted(folder.glob("*.yaml"))}
    failures = [f"{name}, as it is: {line}" for name, overlay in overlays.items()
                for line in found_in(overlay, "" if lacking else binaries)]
    for mistake in mistakes.ALL:
        broken = plant(overlays[mistake.overlay], mistake)
        lines = found_in(broken, binaries if mistake.by_program and not lacking else "")
        if mistake.by_program and lacking:
            continue
        if not any(line == mistake.line or mistake.by_program and mistake.line in line for line in lines):
            failures.append(f"{mistake.name}: wanted '{mistake.line}', found {lines or 'nothing'}")
    if len(mistakes.ALL) < LEAST:
        failures.append(f"{len(mistakes.ALL)} mistakes are too few")
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{len(overlays)} overlays, {len(mistakes.ALL)} planted mistakes, {len(failures)} failures")
    return 1 if failures or not overlays else 0


def plant(overlay, mistake):
    outside = copy.deepcopy(overlay.outside)
    all_documents = copy.deepcopy(overlay.documents)
    by_name = {documents.label(document): document for document in all_documents}
    mistake.plant(mistakes.Place(by_name, all_documents, outside))
    return documents.Overlay(all_documents, outside)


def found_in(overlay, binaries):
    found = cross_check.mistakes(overlay)
    if binaries and not found:
        with tempfile.TemporaryDirectory() as home:
            found += programs.by_programs(overlay, binaries, home)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
