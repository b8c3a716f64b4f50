#!/usr/bin/env python3
"""Runs every alert's cases through promtool, and holds alerts, cases and runbook to each other.

Usage: alerts_test.py [PROMTOOL]. Exit status 0: all hold; 77: promtool or python3-yaml is absent.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is absent")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "deploy" / "k8s" / "observability"))

import names  # noqa: E402
from alert_cases import CASES  # noqa: E402
from crossed_cases import crossed  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
OBSERVABILITY = HERE.parents[2] / "deploy" / "k8s" / "observability"


def rules():
    return yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["spec"]


def alerts(spec):
    return {rule["alert"]: rule for group in spec["groups"] for rule in group["rules"] if "alert" in rule}


def interval_of(both):
    return f"{both.get('minutes_a_value', 1)}m"


def promtool_test(alert, interval, series, minute, firing, labels=""):
    fires = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    here = f'count(ALERTS{{alertname="{alert}",alertstate="firing",{labels}}})'
    # Where labels say which one fires, that does, and no other.
    whole = f"({here} == {fires}) > bool 0" if labels else f"{fires} > bool 0"
    return {
        "interval": interval,
        "name": f"{alert} {'fires' if firing else 'does not fire'}",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"({whole}) or vector(0)",
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": "{}", "value": 1 if firing else 0}],
            }
        ],
    }


def tests_of(cases):
    for alert, both in cases.items():
        for kind in ("fires", "does_not"):
            for series, minute, *labels in both[kind]:
                yield promtool_test(alert, interval_of(both), series, minute, kind == "fires", *labels)


def only(spec, alert):
    """Of the rules this alert, and recorded series where it needs them: days of minutes are soon evaluated then."""
    needs_recorded = "claimferry:" in alerts(spec)[alert]["expr"]
    groups = []
    for group in spec["groups"]:
        kept = [rule for rule in group["rules"] if rule.get("alert") == alert or ("record" in rule and needs_recorded)]
        groups += [dict(group, rules=kept)] if kept else []
    return {"groups": groups}


def run_promtool(promtool, spec, cases):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        files = []
        for alert in cases:
            (home / f"{alert}.rules.yaml").write_text(yaml.safe_dump(only(spec, alert), sort_keys=False))
            tests = {
                "rule_files": [f"{alert}.rules.yaml"],
                "evaluation_interval": interval_of(cases[alert]),
                "tests": list(tests_of({alert: cases[alert]})),
            }
            files.append(f"{alert}.yaml")
            (home / files[-1]).write_text(yaml.safe_dump(tests, sort_keys=False))
        (home / "all.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
        checked = subprocess.run([promtool, "check", "rules", home / "all.yaml"], capture_output=True, text=True)
        if checked.returncode != 0:
            return False, checked.stdout + checked.stderr
        tested = subprocess.run([promtool, "test", "rules", *files], cwd=home, capture_output=True, text=True)
        return tested.returncode == 0, tested.stdout + tested.stderr


def bent(spec, expr):
    """The same rules, of which every alert fires always, or never: every alert's cases must tell."""
    copy = yaml.safe_load(yaml.safe_dump(spec))
    for rule in alerts(copy).values():
        rule["expr"] = expr
        rule.pop("for", None)
    return copy


def blind(promtool, spec, expr):
    _, said = run_promtool(promtool, bent(spec, expr), CASES)
    failed = said.replace("\\", "")
    return [alert for alert in CASES if f'alertname="{alert}"' not in failed]


def mistakes(spec, cases, runbook):
    known = alerts(spec)
    every = [rule for group in spec["groups"] for rule in group["rules"]]
    parsed = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in every]
    if names.rules((OBSERVABILITY / "alerts.yaml").read_text()) != parsed:
        yield "names.py reads other rules in alerts.yaml than a parser of YAML does"
    sections = {line[3:].strip() for line in runbook.splitlines() if line.startswith("## Claimferry")}
    for alert, rule in known.items():
        both = cases.get(alert, {})
        if not both.get("fires") or not both.get("does_not"):
            yield f"{alert} has no case that fires, or none that does not"
        if alert not in sections:
            yield f"{alert} has no section in runbook.md"
        if rule["labels"].get("severity") not in ("critical", "warning"):
            yield f"{alert} has no severity"
        for words in ("summary", "description"):
            if not rule["annotations"].get(words):
                yield f"{alert} has no {words}"
    yield from (f"cases of {alert}, which is no alert" for alert in cases.keys() - known.keys())
    yield from (f"runbook.md tells of {alert}, which is no alert" for alert in sections - known.keys())
    for alert, text in ((part.split("\n", 1)[0].strip(), part) for part in runbook.split("\n## ")[1:]):
        lines = [line for line in text.split("\n")[1:] if line]
        if alert.startswith("Claimferry") and not (lines and lines[0].startswith("    ")):
            yield f"the section of {alert} does not begin with what to type"


def main():
    promtool = shutil.which(sys.argv[1] if len(sys.argv) > 1 else "promtool")
    spec = rules()
    runbook = (OBSERVABILITY / "runbook.md").read_text()
    found = list(mistakes(spec, CASES, runbook))
    for mistake in found:
        print(mistake)
    if found:
        return 1
    if promtool is None:
        print("skipped: promtool is absent (Debian's package prometheus)")
        return 77
    both = crossed(CASES, {alert: rule["expr"] for alert, rule in alerts(spec).items()})
    for cases in (CASES, both):
        good, said = run_promtool(promtool, spec, cases)
        if not good:
            print(said)
            return 1
    for expr in ("vector(1)", "vector(1) > 2"):
        for alert in blind(promtool, spec, expr):
            print(f"{alert}: its cases pass where it says {expr}")
            return 1
    print(f"{len(CASES)} alerts: {sum(1 for _ in tests_of(CASES))} cases hold, "
          f"and {sum(1 for _ in tests_of(both))} of two namespaces and of schedulers that are cut off")
    return 0


if __name__ == "__main__":
    sys.exit(main())
