#!/usr/bin/env python3
"""The dashboards are what boards.py makes, and keep the rules, and the programs have each name that they and the alerts
ask for; and each rule finds the mistake that is planted for it."""
import copy
import json
import pathlib
import subprocess
import sys

OBSERVABILITY = pathlib.Path(__file__).resolve().parents[3] / "deploy" / "k8s" / "observability"
sys.path.insert(0, str(OBSERVABILITY))

import lint  # noqa: E402
import names  # noqa: E402


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

UNKNOWN = [
    ("nothing has the metric claimferry_worker", "max by (namespace) (claimferry_worker)"),
    ("nothing has the metric clamferry_workers", "clamferry_workers or 0 * claimferry:fleets:known"),
    ("nothing has the metric claimferry:fleets:unknown", "0 * claimferry:fleets:unknown"),
    ("nothing has the metric claimferry_workers_bucket", "claimferry_workers_bucket"),
    ("nothing has the metric claimferry_job_wait_seconds", "claimferry_job_wait_seconds"),
    ("has no label outcme", 'rate(claimferry_jobs_total{outcme="dead"}[5m])'),
    ('is never outcome="died"', 'rate(claimferry_jobs_total{outcome=~"done|died"}[5m])'),
    ('is never outcome="done"', 'rate(claimferry_token_refreshes_total{outcome="done"}[5m])'),
    ('is never reason="sink_bsy"', 'rate(claimferry_sink_failures_total{reason!="sink_bsy"}[5m])'),
    ('is never le="172801"', 'claimferry_member_freshness_seconds_bucket{le="172801"}'),
    ('is never scope="lanes"', 'max by (scope) (claimferry_paused{scope=~"all|lanes"})'),
    ('is never program="claimferry-worker"', 'claimferry_build_info{program="claimferry-worker"}'),
    ('is never component="workers"', 'up{component="workers"} == 0'),
    ("groups by payer, which", "max by (namespace, payer) (claimferry_workers)"),
]


def scraped(name):
    """Series as a fleet has them that lacks a reason, and one whose label is called otherwise."""
    if name == "claimferry_sink_failures_total":
        return [{"__name__": name, "reason": "sink_busy", "namespace": "n"}]
    return [] if name == "claimferry_workers" else [{"__name__": name, "why": "x"}]


LIVE = [
    ("nothing was scraped of claimferry_workers", "claimferry_workers"),
    ('no claimferry_sink_failures_total with reason="disk_full"', 'claimferry_sink_failures_total{reason="disk_full"}'),
    ("has the labels why; names.py says otherwise", "claimferry_dead_letters_total"),
]


def unfound():
    """What is planted among the names, and not found."""
    for said, text in UNKNOWN:
        if not any(said in mistake for mistake in names.mistakes([("planted", text)])):
            yield said
    for said, text in LIVE:
        if not any(said in mistake for mistake in names.live_mistakes(scraped, set(), [("planted", text)])):
            yield said
    good = [("good", 'rate(claimferry_sink_failures_total{reason="sink_busy"}[5m])')]
    yield from (f"no mistake: {said}" for said in (*names.mistakes(good), *names.live_mistakes(scraped, set(), good)))


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
    for said in unfound():
        print(f"nothing says {said!r} of the mistake that is planted for it")
        return 1
    print(f"{len(MISTAKES) + len(UNKNOWN) + len(LIVE)} planted mistakes found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
