#!/usr/bin/env python3
"""The dashboards, once: writes dashboards/*.json (Grafana's classic model). boards.py --check: are they what it makes?"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HERE_ONLY = 'namespace=~"$namespace",job=~"$job",instance=~"$instance"'
OK, BAD = "green", "red"


def s(name, labels=""):
    """A series of the processes that are chosen."""
    return f"{name}{{{HERE_ONLY}{',' if labels else ''}{labels}}}"


def by_fleet(by=""):
    """One fleet must not hide another: a namespace each, or none where none is known (compose)."""
    return f"by (namespace{', ' if by else ''}{by})"


def rate(name, labels="", by=""):
    return f"sum {by_fleet(by)} (rate({s(name, labels)}[$__rate_interval]))"


def quantile(q, name, labels="", by=""):
    return f"histogram_quantile({q}, {rate(name + '_bucket', labels, f'le, {by}' if by else 'le')})"


def top(name, labels="", by=""):
    """Of a gauge that each process tells of itself."""
    return f"max {by_fleet(by)} ({s(name, labels)})"


def told(name, labels="", by=""):
    """Of a gauge that every scheduler tells alike which reaches Redis; another's numbers are old."""
    return f"max {by_fleet(by)} ({s(name, labels)} and on (namespace, instance) {s('claimferry_redis_up')} == 1)"


def thresholds(*steps):
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in steps]}


def panel(kind, title, description, unit, targets, limits=None, **more):
    made = {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "fieldConfig": {
            "defaults": {"unit": unit, "min": 0, "thresholds": limits or thresholds((None, OK))} | more.get("field", {}),
            "overrides": [],
        },
        "targets": [
            {"refId": chr(65 + at), "datasource": SOURCE, "expr": expr, "legendFormat": legend, "range": kind != "stat",
             "instant": kind == "stat"}
            for at, (expr, legend) in enumerate(targets)
        ],
    }
    if kind == "stat":
        made["options"] = {"colorMode": "background", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}}
    elif kind == "timeseries":
        made["options"] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
        made["fieldConfig"]["defaults"]["custom"] = {"fillOpacity": 10, "lineWidth": 1} | more.get("custom", {})
    return made


def stat(title, description, unit, expr, limits):
    return panel("stat", title, description, unit, [(expr, "{{namespace}}")], limits)


def lines(title, description, unit, *targets, limits=None, **more):
    custom = {"thresholdsStyle": {"mode": "line"}} if limits else {}
    targets = [(expr, "{{namespace}} " + legend) for expr, legend in targets]
    return panel("timeseries", title, description, unit, targets, limits, custom=custom, **more)


def laid_out(panels, stats_wide):
    """Stats in the first row, the rest three in a row."""
    x = y = at = 0
    for made in panels:
        wide, high = (stats_wide, 4) if made["type"] == "stat" else (8, 7)
        before = panels[at - 1] if at else made
        if x + wide > 24 or (before["type"] == "stat") != (made["type"] == "stat"):
            x, y = 0, y + (4 if before["type"] == "stat" else 7)
        made["id"] = at + 1
        made["gridPos"] = {"x": x, "y": y, "w": wide, "h": high}
        x, at = x + wide, at + 1
    return panels


def variable(name, label, query):
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def board(uid, title, description, panels):
    stats = sum(1 for made in panels if made["type"] == "stat")
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["claimferry"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "timezone": "utc",
        "templating": {
            "list": [
                {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
                variable("namespace", "Namespace", "label_values(claimferry_build_info, namespace)"),
                variable("job", "Job", 'label_values(claimferry_build_info{namespace=~"$namespace"}, job)'),
                variable("instance", "Instance",
                         'label_values(claimferry_build_info{namespace=~"$namespace",job=~"$job"}, instance)'),
            ]
        },
        "panels": laid_out(panels, 24 // stats),
    }


# Labels that stand within f-strings.
ACTIVE = 'state="active"'
BROAD = 'scope=~"all|lane|payer"'
LIMITED = 'status="429"'
BACKFILLS = 'lane="backfill",state="ready"'
LEFT = 'state="left"'
FOREIGN = 'reason="foreign_patient"'


def fresh(seconds):
    bound = f'le="{seconds}"'
    return f"{told('claimferry_member_freshness_seconds_bucket', bound)} / {told('claimferry_member_freshness_seconds_count')}"


operations = board(
    "claimferry-operations",
    "claimferry / Operations",
    "Is every member fresh, will the backlog drain, what is wrong?",
    [
        stat("Fresh", "Active members whose last complete sync is at most two days old. Objective: 99 %.", "percentunit",
             fresh(172800), thresholds((None, BAD), (0.9, "orange"), (0.99, OK))),
        stat("All done in", "Until what waits is done, at the pace of the last five minutes; 30 days: nothing moves.",
             "s", told("claimferry_drain_eta_seconds"), thresholds((None, OK), (21600, "orange"), (86400, BAD))),
        stat("Workers", "Processes that asked for work within the last minute.", "short", told("claimferry_workers"),
             thresholds((None, BAD), (1, OK))),
        stat("Leads", "1: a scheduler leads.", "short", top("claimferry_scheduler_leading"),
             thresholds((None, BAD), (1, OK))),
        stat("Dead letters", "Jobs that were given up and wait for somebody.", "short",
             told("claimferry_queue_jobs", 'state="dead"'), thresholds((None, OK), (1, "orange"), (100, BAD))),
        stat("Redis", "1: it answers the scheduler.", "short", top("claimferry_redis_up"),
             thresholds((None, BAD), (1, OK))),
        stat("Sink", "0: some worker's sink takes nothing.", "short", f"min {by_fleet()} ({s('claimferry_sink_up')})",
             thresholds((None, BAD), (1, OK))),
        stat("Paused", "Pauses of everything, of lanes and of payers; single members are not counted.", "short",
             f"sum {by_fleet()} ({told('claimferry_paused', BROAD, 'scope')})",
             thresholds((None, OK), (1, "orange"))),
        lines("How fresh members are", "Share of the active members by the age of their last complete sync.",
              "percentunit", (fresh(3600), "1 hour"), (fresh(43200), "12 hours"), (fresh(86400), "1 day"),
              (fresh(172800), "2 days"), (fresh(604800), "7 days"), limits=thresholds((None, BAD), (0.99, OK)),
              field={"max": 1}),
        lines("Jobs ended", "A second, by how they ended. `requeue` and `snooze` come back.", "ops",
              (rate("claimferry_jobs_total", by="outcome"), "{{outcome}}")),
        lines("What waits", "Jobs by lane; due: members whose job is not planned yet.", "short",
              (told("claimferry_queue_jobs", 'state="ready"', "lane"), "{{lane}}"),
              (told("claimferry_members_due"), "due"), (told("claimferry_queue_jobs", 'state="delayed"'), "delayed")),
        lines("The oldest that waits", "How long the first job of each lane has waited.", "s",
              (told("claimferry_queue_oldest_job_seconds", by="lane"), "{{lane}}"),
              limits=thresholds((None, OK), (21600, BAD))),
        lines("A job takes", "From claim to end, by kind: half of them, and 95 of 100.", "s",
              (quantile(0.5, "claimferry_job_duration_seconds", by="kind"), "{{kind}} 50 %"),
              (quantile(0.95, "claimferry_job_duration_seconds", by="kind"), "{{kind}} 95 %")),
        lines("A job waits", "From enqueue to claim, 95 of 100, by lane.", "s",
              (quantile(0.95, "claimferry_job_wait_seconds", by="lane"), "{{lane}}")),
        lines("Workers there and of use", "More than are of use never help against a payer's limit.", "short",
              (told("claimferry_workers"), "there"), (told("claimferry_desired_workers"), "of use")),
        lines("Leases and fences", "A second: jobs given up because another owns the member, writes refused by their "
              "fence. A few are restarts; many are stalled workers.", "ops",
              (rate("claimferry_leases_lost_total"), "leases lost"),
              (rate("claimferry_fenced_writes_total"), "fenced writes")),
        lines("Event loops lag", "How late the slowest came back to its heartbeat, 99 of 100.", "s",
              (quantile(0.99, "claimferry_event_loop_lag_seconds", by="instance"), "{{instance}}"),
              limits=thresholds((None, OK), (1, BAD))),
        lines("CPU", "Cores by process.", "short", (rate("process_cpu_seconds_total", by="instance"), "{{instance}}")),
        lines("Memory", "Resident, by process.", "bytes", (s("process_resident_memory_bytes"), "{{instance}}")),
        lines("Redis' memory", "Used, and the most that it may take (0: no limit).", "bytes",
              (told("claimferry_redis_memory_used_bytes"), "used"),
              (told("claimferry_redis_memory_max_bytes"), "limit")),
    ],
)

payer = board(
    "claimferry-payer",
    "claimferry / Payer and auth",
    "What payers answer, what they grant and what is made of it, and how consents do.",
    [
        stat("Breaker", "1 or more: the payer fails for everybody, as so many shards see it.", "short",
             top("claimferry_breaker_open"), thresholds((None, OK), (1, BAD))),
        stat("Refreshing stopped", "1: too many refreshes were refused, so none is sent.", "short",
             told("claimferry_grants_stopped"), thresholds((None, OK), (1, BAD))),
        stat("429", "Of all requests, the share that asked for quiet.", "percentunit",
             f"{rate('claimferry_payer_requests_total', LIMITED)} / "
             f"({rate('claimferry_payer_requests_total')} > 0)",
             thresholds((None, OK), (0.01, "orange"), (0.05, BAD))),
        stat("Rate in force", "Requests a second that the quota allows; 0: no limit is known.", "reqps",
             f"sum {by_fleet()} ({top('claimferry_quota_rate', by='payer')})", thresholds((None, OK))),
        stat("Must consent again", "Members whose consent ended.", "short",
             told("claimferry_members", 'state="reconsent"'), thresholds((None, OK), (1, "orange"))),
        stat("Clock skew", "How far the payer's clock and ours differ.", "s",
             f"max {by_fleet()} (abs({s('claimferry_payer_clock_skew_seconds')}))",
             thresholds((None, OK), (5, "orange"), (30, BAD))),
        lines("Requests by endpoint", "A second.", "reqps",
              (rate("claimferry_payer_requests_total", by="endpoint"), "{{endpoint}}")),
        lines("Requests by status", "A second; `none`: no answer came.", "reqps",
              (rate("claimferry_payer_requests_total", by="status") + " > 0", "{{status}}")),
        lines("A request takes", "From sending to the last byte, 95 of 100.", "s",
              (quantile(0.95, "claimferry_payer_request_duration_seconds", by="endpoint"), "{{endpoint}}")),
        lines("Permits", "A second: given by the fleet's quota, and left with a request.", "reqps",
              (rate("claimferry_quota_granted_total", by="lane"), "granted {{lane}}"),
              (rate("claimferry_quota_used_total", by="lane"), "used {{lane}}")),
        lines("Wait for a permit", "95 of 100, by lane.", "s",
              (quantile(0.95, "claimferry_quota_wait_seconds", by="lane"), "{{lane}}")),
        lines("Rate by payer", "Requests a second in force; what is learned moves it.", "reqps",
              (top("claimferry_quota_rate", by="payer"), "{{payer}}")),
        lines("Quiet", "Seconds a second that bursts of 429 held the fleet, by payer.", "percentunit",
              (rate("claimferry_payer_quiet_seconds_total", by="payer"), "{{payer}}")),
        lines("Under way", "Requests at once, by process.", "short",
              (f"sum {by_fleet('instance')} ({s('claimferry_requests_in_flight')})", "{{instance}}")),
        lines("Received", "Bytes a second, as on the wire.", "Bps",
              (rate("claimferry_received_bytes_total", by="payer"), "{{payer}}")),
        lines("Token refreshes", "A second, by outcome. `refused`: our client; `invalid_grant`: a consent that ended.",
              "ops", (rate("claimferry_token_refreshes_total", by="outcome"), "{{outcome}}")),
        lines("Enrolments", "A second, by how the member's sign-in ended.", "ops",
              (rate("claimferry_enrolments_total", by="outcome"), "{{outcome}}")),
        lines("Consents that end", "Members whose consent ends within that time.", "short",
              (told("claimferry_consents_ending", by="within"), "{{within}}")),
        lines("Consents last", "Members whose consent lasts at most so long.", "short",
              (told("claimferry_consent_remaining_seconds_bucket", by="le"), "{{le}} s")),
        lines("Data keys opened", "A second. `older`: members that a key rotation has not reached.", "ops",
              (rate("claimferry_data_keys_opened_total", by="key"), "{{key}}")),
    ],
)

data = board(
    "claimferry-data",
    "claimferry / Backfills and data",
    "How far backfills are, what claims come in, what is set aside, how the sink does.",
    [
        stat("Claims", "In pages that became durable, a second.", "ops", rate("claimferry_claims_total"),
             thresholds((None, OK))),
        stat("Backfills wait", "Jobs of the lane `backfill`, and of batches that are not queued yet.", "short",
             f"{told('claimferry_queue_jobs', BACKFILLS)} + "
             f"{told('claimferry_backfill_batch_jobs', LEFT)}", thresholds((None, OK), (100000, "orange"))),
        stat("Set aside", "Entries of the last hour that went into the quarantine.", "short",
             f"sum {by_fleet()} (increase({s('claimferry_parse_rejects_total')}[1h]))",
             thresholds((None, OK), (1, "orange"))),
        stat("Foreign", "Records of another person within the last day.", "short",
             f"sum {by_fleet()} (increase({s('claimferry_parse_rejects_total', FOREIGN)}[1d]))",
             thresholds((None, OK), (1, BAD))),
        stat("Sink", "0: some worker's sink takes nothing.", "short", f"min {by_fleet()} ({s('claimferry_sink_up')})",
             thresholds((None, BAD), (1, OK))),
        stat("Erasures overdue", "Members leaving for more than 20 of the 30 days.", "short",
             told("claimferry_erasures_overdue"), thresholds((None, OK), (1, BAD))),
        lines("Claims by type", "A second, new or not.", "ops",
              (rate("claimferry_claims_total", by="type") + " > 0", "{{type}}")),
        lines("Resources by what they changed", "A second.", "ops",
              (rate("claimferry_resources_total", by="outcome"), "{{outcome}}")),
        lines("Pages", "A second, by what was asked for.", "ops",
              (rate("claimferry_pages_total", by="resource"), "{{resource}}")),
        lines("Batches", "Jobs of open batches: not queued yet, queued or running.", "short",
              (told("claimferry_backfill_batch_jobs", by="state"), "{{state}}"),
              (told("claimferry_backfill_batches"), "batches")),
        lines("Backfills end", "A second, by outcome.", "ops",
              (rate("claimferry_jobs_total", 'kind="backfill"', "outcome"), "{{outcome}}")),
        lines("Lanes", "Jobs that wait.", "short",
              (told("claimferry_queue_jobs", 'state="ready"', "lane"), "{{lane}}")),
        lines("Set aside, by reason", "A second. The table `quarantine` holds the bytes.", "ops",
              (rate("claimferry_parse_rejects_total", by="reason"), "{{reason}}")),
        lines("Dead letters, by code", "Of the last hour.", "short",
              (f"sum {by_fleet('reason')} (increase({s('claimferry_dead_letters_total')}[1h])) > 0 or "
               f"sum {by_fleet()} (increase({s('claimferry_dead_letters_total')}[1h]))", "{{reason}}")),
        lines("Sweeps held", "A second: too much would have vanished at once, so nothing was marked.", "ops",
              (rate("claimferry_sweeps_held_total", by="payer"), "{{payer}}")),
        lines("A commit takes", "Of a page into the sink: half of them, and 95 of 100.", "s",
              (quantile(0.5, "claimferry_sink_commit_seconds"), "50 %"),
              (quantile(0.95, "claimferry_sink_commit_seconds"), "95 %")),
        lines("The sink refuses", "Commits a second, by reason.", "ops",
              (rate("claimferry_sink_failures_total", by="reason"), "{{reason}}")),
        lines("Members leave", "A second: of whom nothing is left but a tombstone.", "ops",
              (rate("claimferry_erasures_total"), "erased"),
              (rate("claimferry_policy_actions_total", by="action"), "{{action}}")),
        lines("Audit", "Lines a second that became durable.", "ops", (rate("claimferry_audit_records_total"), "durable")),
        lines("Audit in Redis alone", "Entries that no file holds yet.", "short",
              (told("claimferry_audit_undrained"), "waiting"), limits=thresholds((None, OK), (10000, BAD))),
    ],
)

BOARDS = {"operations": operations, "payer": payer, "data": data}


def main():
    stale = []
    for name, made in BOARDS.items():
        path = HERE / "dashboards" / f"{name}.json"
        text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        if "--check" in sys.argv:
            stale += [] if path.exists() and path.read_text() == text else [path.name]
        else:
            path.write_text(text)
    for name in stale:
        print(f"dashboards/{name} is not what boards.py makes; run it")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
