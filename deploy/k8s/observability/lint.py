"""Rules of a good dashboard (those of grafana/dashboard-linter that hold here, and ours)."""
import re

KINDS = {"stat", "timeseries"}
CHOSEN = ("namespace", "job", "instance")
# What a scheduler knows from Redis alone.
OF_QUEUE = tuple(
    f"claimferry_{name}"
    for name in (
        "queue_", "members", "grants_stopped", "consents_ending", "consent_remaining", "member_freshness", "paused",
        "backfill_batch", "audit_undrained", "erasures_overdue", "workers", "desired_workers", "drain_eta",
        "redis_memory", "redis_evicted", "redis_noeviction", "redis_aof", "redis_persistence", "redis_latency",
    )
)


def of_target(where, expr):
    for selector in re.findall(r"\b(?:claimferry|process)_\w+(?:\{[^}]*\})?", expr):
        if any(f'{label}=~"${label}"' not in selector for label in CHOSEN):
            yield f"{where}: does not ask for the chosen {', '.join(CHOSEN)}"
    if re.search(r"\b(?:sum|max|min|avg|count)\b(?! by \(namespace\b)", expr):
        yield f"{where}: mixes namespaces"
    queue = [found for found in re.findall(r"\bclaimferry_\w+", expr) if found.startswith(OF_QUEUE)]
    if len(queue) > len(re.findall(r"and on \(namespace, instance\) claimferry_redis_up\{[^}]*\} == 1\b", expr)):
        yield f"{where}: believes schedulers that do not reach Redis"
    for found in re.finditer(r"[a-z_]+_total\b", expr):
        before = expr[: found.start()].rstrip()
        if not re.search(r"(rate|increase)\($", before):
            yield f"{where}: {found.group()} is a counter outside rate() and increase()"
    for window in re.findall(r"rate\([^()]*(?:\([^()]*\))?[^()]*\[([^\]]+)\]\)", expr):
        if window != "$__rate_interval":
            yield f"{where}: a rate over {window}, not $__rate_interval"


def of_panel(board, panel):
    where = f"{board['uid']}, {panel.get('title') or 'a panel without a title'}"
    defaults = panel["fieldConfig"]["defaults"]
    if not panel.get("title") or not panel.get("description"):
        yield f"{where}: has no title or no description"
    if panel["type"] not in KINDS:
        yield f"{where}: {panel['type']} is none of {', '.join(sorted(KINDS))}"
    if not defaults.get("unit"):
        yield f"{where}: has no unit"
    if not defaults.get("thresholds", {}).get("steps"):
        yield f"{where}: has no thresholds"
    if panel["datasource"].get("uid") != "${datasource}":
        yield f"{where}: its datasource is not the chosen one"
    if not panel.get("targets"):
        yield f"{where}: has no target"
    for target in panel.get("targets", []):
        yield from of_target(where, target["expr"])


def of_board(board):
    names = {one["name"] for one in board["templating"]["list"]}
    panels = board["panels"]
    if not {"datasource", *CHOSEN} <= names:
        yield f"{board['uid']}: lacks a variable of datasource, {', '.join(CHOSEN)}"
    if board.get("editable") is not False or not board.get("uid"):
        yield f"{board.get('title')}: is editable, or has no stable uid"
    if not 0 < len(panels) <= 20:
        yield f"{board['uid']}: {len(panels)} panels; at most 20 are looked at"
    if any(panel["type"] != "stat" for panel in panels if panel["gridPos"]["y"] == 0):
        yield f"{board['uid']}: its first row does not answer whether it is all right"
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        if cells & taken or place["x"] + place["w"] > 24:
            yield f"{board['uid']}, {panel['title']}: lies over another panel, or beyond the edge"
        taken |= cells
        yield from of_panel(board, panel)
    if len({panel["title"] for panel in panels}) != len(panels):
        yield f"{board['uid']}: two panels have one title"
