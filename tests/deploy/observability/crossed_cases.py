"""Cases that are made of each alert's first two: a fleet that is well beside one that is not, in a namespace each; and,
of what the queue says, a scheduler that is cut off beside one that tells the truth."""

TOLD = "claimferry_redis_up == 1"


def labelled(series, labels):
    """Without those that it has."""
    made = {}
    for name, values in series.items():
        plain, _, rest = name.rstrip("}").partition("{")
        has = {one.split("=")[0] for one in rest.split(",")}
        more = [f'{label}="{value}"' for label, value in labels.items() if label not in has]
        made[f"{plain}{{{','.join([rest] * bool(rest) + more)}}}"] = values
    return made


def known(series, minute):
    """A fleet that is scraped at all."""
    scraped = any(name.startswith("claimferry_build_info") for name in series)
    return series if scraped else series | {'claimferry_build_info{program="scheduler"}': f"1x{minute + 10}"}


def fleets(ill, well):
    return labelled(ill, {"namespace": "ill"}) | labelled(well, {"namespace": "well"})


def cut_off(old, true, minute):
    """Schedulers: one has `old` numbers and no Redis, the other tells the truth."""
    away = {name: f"0x{minute + 10}" if name == "claimferry_redis_up" else values for name, values in old.items()}
    return labelled(away, {"instance": "cut-off"}) | labelled(true, {"instance": "scheduler"})


def crossed(cases, exprs):
    made = {}
    for alert, both in cases.items():
        minute = both["fires"][0][1]
        ill, well = (known(both[kind][0][0], minute) for kind in ("fires", "does_not"))
        fires = [(fleets(ill, well), minute, 'namespace="ill"')]
        does_not = [(fleets(well, labelled(well, {"pod": "another"})), minute)]
        if TOLD in exprs[alert]:
            fires.append((cut_off(well, ill, minute), minute))
            does_not.append((cut_off(ill, well, minute), minute))
        made[alert] = both | {"fires": fires, "does_not": does_not}
    return made
