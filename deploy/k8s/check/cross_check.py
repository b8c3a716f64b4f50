"""cross_check.py RENDERED OUTSIDE: what no schema sees in an overlay. One line a mistake; status 1 when there is one.

CLAIMFERRY_BIN: the folder of the programs, which then judge the configuration themselves.
"""

import os
import sys
import tempfile

import configuration
import documents
import first
import network
import pods
import policies
import programs
import references
import servers

CHECKS = pods.CHECKS + programs.CHECKS + references.CHECKS + first.CHECKS + network.CHECKS + policies.CHECKS
CONFIG_CHECKS = configuration.CHECKS + network.CONFIG_CHECKS + policies.CONFIG_CHECKS + servers.CHECKS


def mistakes(overlay):
    found = []
    for check in CHECKS:
        found += check(overlay)
    config, unread = configuration.read(overlay)
    found += unread
    for check in CONFIG_CHECKS if not unread else ():
        found += check(overlay, config)
    return found


def main(rendered, outside):
    overlay = documents.read_overlay(rendered, outside)
    found = mistakes(overlay)
    binaries = os.environ.get("CLAIMFERRY_BIN", "")
    skipped = programs.missing_tools(binaries)
    if skipped:
        print(f"skipped: the programs' own look at the configuration: {skipped}")
    elif not found:
        with tempfile.TemporaryDirectory() as folder:
            found += programs.by_programs(overlay, binaries, folder)
    for mistake in found:
        print(mistake)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
