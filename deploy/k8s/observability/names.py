"""Holds the names that boards and rules ask for to those that the programs have: metrics, labels and their values, by
common/telemetry's headers, and by what a Prometheus has scraped."""
import functools
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TELEMETRY = ROOT / "common" / "telemetry"

# What scraping adds, or a rule that aggregates leaves.
OF_TARGET = {"namespace", "job", "instance", "pod", "component"}
WORDS = set(
    "sum max min avg count group by without on ignoring and or unless bool offset rate increase abs clamp_min vector "
    "absent absent_over_time avg_over_time present_over_time histogram_quantile group_left group_right".split()
)
ANY = None  # values that are a configuration's, or counted up
# Of each metric that has labels: where their values stand. A check of the live metrics holds this table to them.
LABELS = {
    "claimferry_build_info": {"program": "programs", "version": ANY},
    "claimferry_jobs_total": {"kind": "kinds", "outcome": "outcomes"},
    "claimferry_job_duration_seconds": {"kind": "kinds", "le": ANY},
    "claimferry_job_wait_seconds": {"lane": "lanes", "le": ANY},
    "claimferry_payer_requests_total": {"payer": ANY, "endpoint": "endpoints", "status": "statuses"},
    "claimferry_payer_request_duration_seconds": {"payer": ANY, "endpoint": "endpoints", "le": ANY},
    "claimferry_requests_in_flight": {"payer": ANY},
    "claimferry_received_bytes_total": {"payer": ANY},
    "claimferry_rate_limited_total": {"payer": ANY, "lane": "lanes"},
    "claimferry_quota_granted_total": {"payer": ANY, "lane": "uses"},
    "claimferry_quota_used_total": {"payer": ANY, "lane": "uses"},
    "claimferry_quota_wait_seconds": {"payer": ANY, "lane": "uses", "le": ANY},
    "claimferry_quota_rate": {"payer": ANY},
    "claimferry_payer_quiets_total": {"payer": ANY},
    "claimferry_payer_quiet_seconds_total": {"payer": ANY},
    "claimferry_pages_total": {"payer": ANY, "resource": "resource_types"},
    "claimferry_resources_total": {"payer": ANY, "resource": "resource_types", "outcome": "resource_outcomes"},
    "claimferry_parse_rejects_total": {"reason": "reject_reasons"},
    "claimferry_token_refreshes_total": {"payer": ANY, "outcome": "refresh_outcomes"},
    "claimferry_grants_stopped": {"payer": ANY},
    "claimferry_consents_ending": {"within": "queue_gauges.cpp"},
    "claimferry_enrolments_total": {"payer": ANY, "outcome": "enrolment_outcomes"},
    "claimferry_enrolment_callbacks_total": {"outcome": "metric_labels.hpp"},
    "claimferry_handlers_threw_total": {"port": "ports"},
    "claimferry_sweeps_held_total": {"payer": ANY},
    "claimferry_breaker_open": {"payer": ANY},
    "claimferry_queue_jobs": {"lane": "queue_gauges.cpp lanes", "state": "queue_gauges.cpp"},
    "claimferry_members": {"state": "queue_gauges.cpp"},
    "claimferry_policy_actions_total": {"action": "actions"},
    "claimferry_member_freshness_seconds": {"le": "freshness_bounds_seconds"},
    "claimferry_consent_remaining_seconds": {"le": "consent_bounds_seconds"},
    "claimferry_queue_oldest_job_seconds": {"lane": "lanes"},
    "claimferry_paused": {"scope": "queue_gauges.cpp"},
    "claimferry_backfill_batch_jobs": {"state": "queue_gauges.cpp"},
    "claimferry_dead_letters_total": {"reason": "dead_reasons"},
    "claimferry_claims_total": {"payer": ANY, "type": "claim_types"},
    "claimferry_payer_clock_skew_seconds": {"payer": ANY},
    "claimferry_sink_commit_seconds": {"le": ANY},
    "claimferry_sink_failures_total": {"reason": "sink_reasons"},
    "claimferry_tokens_unpersisted_total": {"payer": ANY},
    "claimferry_data_keys_opened_total": {"key": "own_series.cpp"},
    "claimferry_event_loop_lag_seconds": {"le": ANY},
    "claimferry_config_reloads_total": {"outcome": "own_series.cpp"},
}


@functools.cache
def text_of(path):
    return (ROOT / path).read_text()


@functools.cache
def metrics():
    found = re.findall(r'auto \w+ = "(\w+)";', text_of("common/telemetry/metric_names.hpp"))
    return {"up"} | set(found)


def strings(text):
    return set(re.findall(r'"([^"\n]*)"', text))


def bounds(name):
    listed = re.search(name + r"\[\] = \{([^}]*)\}", text_of("common/telemetry/snapshot.hpp"))[1].replace("'", "")
    products = [[int(factor) for factor in one.split("*")] for one in listed.split(",")]
    return {str(functools.reduce(lambda a, b: a * b, one)) for one in products}


@functools.cache
def values_of(where):
    """Of a list in metric_labels.hpp, a table in advice.hpp, bounds in snapshot.hpp, or a file's strings."""
    if " " in where:
        return set().union(*map(values_of, where.split()))
    if where == "programs":
        services = ("scheduler/service.cpp", "scheduler/enroll/service.cpp", "worker/service.cpp")
        return {re.search(r'\bmetrics_\("(\w+)"', text_of(path))[1] for path in services}
    if where == "components":
        text = (HERE.parent / "components" / "podmonitor" / "pod-monitor.yaml").read_text()
        return set(re.search(r"values: \[([^]]*)\]", text)[1].replace(" ", "").split(","))
    if where.endswith("pp"):
        return strings(text_of(f"common/telemetry/{where}"))
    if where.endswith("_bounds_seconds"):
        return bounds(where)
    listed = re.search(rf"Labels {where}\{{(.*?)\}};", text_of("common/telemetry/metric_labels.hpp"), re.S)
    if listed:
        return strings(listed[1])
    table = re.search(rf"> {where}\{{\{{(.*?)\n\}}\}};", text_of("common/telemetry/advice.hpp"), re.S)
    return set(re.findall(r'^    \{"(\w+)"', table[1], re.M))


def labels_of(metric):
    return {"job": ANY, "component": "components"} if metric == "up" else LABELS.get(metric, {})


def base_of(name):
    """The metric of a series' name: a histogram's series have suffixes."""
    plain = re.sub(r"_(bucket|sum|count)$", "", name)
    return plain if plain != name and "le" in labels_of(plain) else name


def labels_of_series(name):
    """A histogram's count and sum have no bound."""
    base = base_of(name)
    has = dict(labels_of(base))
    if base != name and not name.endswith("_bucket"):
        has.pop("le", None)
    return has


def is_series(name, recorded):
    if name in recorded:
        return True
    base = base_of(name)
    return base in metrics() and (base != name or "le" not in labels_of(base))


def selectors(expr):
    """(name, [(label, values)]) of each."""
    for name, inner in re.findall(r"(?<![\w:.$\"])([a-zA-Z_][\w:]*)\{([^}]*)\}", expr):
        matchers = re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', inner)
        yield name, [(label, text.split("|") if "~" in kind else [text]) for label, kind, text in matchers]


def names_of(expr):
    bare = re.sub(r"\[[^\]]*\]|\{[^}]*\}|\b(by|on|without|ignoring)\s*\([^)]*\)", " ", expr)
    return set(re.findall(r"(?<![\w:.])[a-zA-Z_][\w:]*", bare)) - WORDS


def grouped_by(expr):
    found = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expr)
    return {label.strip() for one in found for label in one.split(",") if label.strip()}


def of_expr(where, expr, recorded):
    """What no program has."""
    names = names_of(expr)
    for name in sorted(names):
        if not is_series(name, recorded):
            yield f"{where}: nothing has the metric {name}"
    for name, matchers in selectors(expr):
        labels = labels_of_series(name)
        for label, values in matchers:
            if label not in labels and label not in OF_TARGET:
                yield f"{where}: {name} has no label {label}"
                continue
            known = labels.get(label)
            for value in values if known else []:
                if value not in values_of(known):
                    yield f'{where}: {name} is never {label}="{value}"'
    has = OF_TARGET.union(*(labels_of_series(name) for name in names))
    for label in sorted(grouped_by(expr) - has):
        yield f"{where}: groups by {label}, which nothing in it has"


def rules(text):
    """(name, expression) of each rule in alerts.yaml, without a parser of YAML."""
    found = []
    for part in re.split(r"\n +- (?=alert:|record:)", text)[1:]:
        name = re.match(r"(?:alert|record): (\S+)", part)[1]
        expr = re.search(r"^( +)expr: (?:>-\n((?:\1 +.*\n)+)|(.*)$)", part + "\n", re.M)
        found.append((name, " ".join((expr[2] or expr[3]).split())))
    return found


def asked():
    """(where, expression) of all rules and boards."""
    yield from rules((HERE / "alerts.yaml").read_text())
    for path in sorted((HERE / "dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{board['uid']}, {panel['title']}", target["expr"]


def mistakes(pairs=None):
    pairs = list(asked() if pairs is None else pairs)
    recorded = {name for name, _ in rules((HERE / "alerts.yaml").read_text()) if ":" in name}
    for where, expr in pairs:
        yield from of_expr(where, expr, recorded)
    for metric in sorted(LABELS.keys() - metrics()):
        yield f"names.py tells of {metric}, which nothing has"


def live_mistakes(series_of, absent, pairs=None):
    """The same by what was scraped. series_of(name): the label sets of a name's series; absent: values that no program
    of this fleet has, because it does not run."""
    pairs = list(asked() if pairs is None else pairs)
    scraped = {name: series_of(name) for _, expr in pairs for name in names_of(expr)}
    for where, expr in pairs:
        for name in sorted(names_of(expr)):
            if not scraped[name] and ":" not in name:  # a recorded one's parts are asked for by its own rule
                yield f"{where}: nothing was scraped of {name}"
        for name, matchers in selectors(expr):
            for label, values in matchers:
                if label not in OF_TARGET or name == "up" and label == "component":
                    there = {labels.get(label) for labels in scraped.get(name, [])} | absent
                    yield from (f'{where}: no {name} with {label}="{value}" was scraped'
                                for value in values if value not in there)
    for name, found in sorted(scraped.items()):
        has = set().union(*found) - OF_TARGET - {"__name__"}
        if found and ":" not in name and has != labels_of_series(name).keys() - OF_TARGET:
            yield f"{name} has the labels {', '.join(sorted(has)) or 'none'}; names.py says otherwise"
