#!/usr/bin/env python3
"""Holds dashboards to their rules, and their expressions and the alerts' to a live Prometheus.

check.py lint                    no server needed: the boards' rules, and that programs have each name that is asked for
check.py rules FILE              writes alerts.yaml's rules as Prometheus takes them
check.py live URL [SECONDS]      every panel has a finite sample of the last minutes, every rule's expression runs, and
                                 each name and value was scraped; waits so long for that at most
check.py draw URL FOLDER         each board as a page of SVG, FOLDER/NAME.html: our drawing, not Grafana's
"""
import json
import math
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import drawing
import lint
import names

HERE = pathlib.Path(__file__).resolve().parent
WINDOW = os.environ.get("CLAIMFERRY_RATE_WINDOW", "30s")  # a few scrapes of that Prometheus
DRAWN = int(os.environ.get("CLAIMFERRY_DRAWN_SECONDS", "240"))  # how far back


NOT_RUN = {"enroll"}  # of check.sh's fleet


def boards():
    return {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "dashboards").glob("*.json"))}


def resolved(expr):
    for name, value in {"$__rate_interval": WINDOW, "$namespace": ".*", "$job": ".*", "$instance": ".*"}.items():
        expr = expr.replace(name, value)
    return expr


def ask(url, path, **words):
    address = f"{url}/api/v1/{path}?{urllib.parse.urlencode(words)}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=20) as answer:
            data = json.load(answer)["data"]
            return data if path == "series" else data["result"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(json.load(error).get("error", str(error))) from error


def samples(url, expr, seconds=DRAWN):
    now = time.time()
    found = ask(url, "query_range", query=resolved(expr), start=now - seconds, end=now, step=max(1, seconds // 48))
    lines = []
    for one in found:
        points = [(float(at), float(value)) for at, value in one["values"]]
        points = [(at, value) for at, value in points if math.isfinite(value)]
        if points:
            lines.append((one["metric"], points))
    return lines


def empty_panels(url):
    for board in boards().values():
        for panel in board["panels"]:
            for target in panel["targets"]:
                try:
                    if not samples(url, target["expr"]):
                        yield f"{board['uid']}, {panel['title']}: no finite sample of {target['expr']}"
                except RuntimeError as error:
                    yield f"{board['uid']}, {panel['title']}: {error}"


def broken_rules(url):
    for name, expr in names.rules((HERE / "alerts.yaml").read_text()):
        try:
            ask(url, "query", query=expr)
        except RuntimeError as error:
            yield f"{name}: {error}"


def series_of(url, name):
    return ask(url, "series", **{"match[]": name, "start": time.time() - 240})


def write_rules(path):
    import yaml  # Debian's python3-yaml

    spec = yaml.safe_load((HERE / "alerts.yaml").read_text())["spec"]
    pathlib.Path(path).write_text(yaml.safe_dump(spec, sort_keys=False))


def live(url, patience):
    deadline = time.time() + patience
    while True:
        unknown = names.live_mistakes(lambda name: series_of(url, name), NOT_RUN)
        found = [*empty_panels(url), *broken_rules(url), *unknown]
        if not found or time.time() > deadline:
            return found
        time.sleep(3)  # polls: the next scrape may bring it


def draw(url, folder):
    for name, board in boards().items():
        page = drawing.page(board, lambda expr: samples(url, expr))
        (pathlib.Path(folder) / f"{name}.html").write_text(page)


def main(words):
    found = []
    if words[:1] == ["lint"]:
        found = [mistake for board in boards().values() for mistake in lint.of_board(board)]
        found += names.mistakes()
    elif words[:1] == ["rules"] and len(words) == 2:
        write_rules(words[1])
    elif words[:1] == ["live"] and len(words) > 1:
        found = live(words[1], float(words[2]) if len(words) > 2 else 0)
    elif words[:1] == ["draw"] and len(words) == 3:
        draw(words[1], words[2])
    else:
        print(__doc__)
        return 2
    for mistake in found:
        print(mistake)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
