#!/usr/bin/env python3
"""The dashboards are what boards.py makes, and keep the rules; and each rule finds the mistake that is planted for it."""
import copy
import json
import pathlib
import subprocess
import sys

OBSERVABILITY = pathlib.Path(__file__).resolve().parents[3] / "deploy" / "k8s" / "observability"
sys.path.insert(0, str(OBSERVABILITY))

import lint  # noqa: E402


def expr(board, text, at=-1):
    board["panels"][at]["targets"][0]["expr"] = text


CHOSEN = 'namespace=~"$namespace",job=~"$job",instance=~"$instance"'
ALONE = f"max by (namespace) (claimferry_workers{{{CHOSEN}}})"
MISTAKES = [
    ("has no title or no description", lambda b: b["panels"][0].update(description="")),
    ("has no unit", lambda b: b["panels"][0]["fieldConfig"]["defaults"].update(unit="")),
    ("has no thresholds", lambda b: b["panels"][0]["fieldConfig"]["defaults"].pop("thresholds")),
    ("has no target", lambda b: b["panels"][0].update(targets=[])),
    ("its datasource is not the chosen one", lambda b: b["panels"][0].update(datasource={"uid": "prometheus"})),
    ("is none of stat, timeseries", lambda b: b["panels"][0].update(type="piechart")),
    ("does not ask for the chosen namespace", lambda b: expr(b, "max by (namespace) (claimferry_sink_up)")),
    ("does not ask for the chosen", lambda b: expr(b, f"{ALONE} / max by (namespace) (claimferry_sink_up)")),
    ("mixes namespaces", lambda b: expr(b, f"sum by (lane) (claimferry_breaker_open{{{CHOSEN}}})")),
    ("believes schedulers", lambda b: expr(b, ALONE)),
    ("is a counter outside rate()", lambda b: expr(b, f"sum(claimferry_claims_total{{{CHOSEN}}})")),
    ("not $__rate_interval", lambda b: expr(b, f"sum(rate(claimferry_claims_total{{{CHOSEN}}}[5m]))")),
    ("lacks a variable", lambda b: b["templating"]["list"].pop()),
    ("is editable", lambda b: b.update(editable=True)),
    ("has no stable uid", lambda b: b.update(uid="")),
    ("panels; at most 20", lambda b: b["panels"].extend(copy.deepcopy(b["panels"]))),
    ("first row does not answer", lambda b: b["panels"][0].update(type="timeseries")),
    ("lies over another panel", lambda b: b["panels"][1]["gridPos"].update(x=0)),
    ("two panels have one title", lambda b: b["panels"][1].update(title=b["panels"][0]["title"])),
]


def main():
    for words in (["boards.py", "--check"], ["check.py", "lint"]):
        done = subprocess.run([sys.executable, OBSERVABILITY / words[0], *words[1:]], capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            return 1
    board = json.loads((OBSERVABILITY / "dashboards" / "operations.json").read_text())
    for said, plant in MISTAKES:
        spoilt = copy.deepcopy(board)
        plant(spoilt)
        if not any(said in mistake for mistake in lint.of_board(spoilt)):
            print(f"nothing says {said!r} of the mistake that is planted for it")
            return 1
    print(f"{len(MISTAKES)} planted mistakes found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
