#!/usr/bin/env python3
"""Draws a trial of the quota, second by second, from the trace that claimferry-bench-quota writes.

    tests/bench/plot_quota.py TRACE.csv PICTURE.png [TITLE]

Wants matplotlib: apt-get install python3-matplotlib, or python3 -m pip install matplotlib.
"""
import csv
import sys

WIDTH, HEIGHT, DOTS_PER_INCH = 1200, 675, 100
SMOOTHED_OVER = 5  # seconds, for the line that the eye follows
INK, QUIET_INK, GRID = "#1f2933", "#66727f", "#e4e8ec"
TRUTH, GRANTED, ASKED, REFUSED = "#1f2933", "#1b7f79", "#d98e04", "#c62f2f"


def matplotlib_or_advice():
    try:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot
        return matplotlib.pyplot
    except ImportError as error:
        sys.exit(f"plot_quota.py: {error}; apt-get install python3-matplotlib (for /usr/bin/python3), "
                 "or python3 -m pip install matplotlib")


def read(path):
    with open(path, newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        sys.exit(f"plot_quota.py: {path} has no seconds")
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def smoothed(values):
    means = []
    for at in range(len(values)):
        nearby = values[max(0, at - SMOOTHED_OVER // 2):at + SMOOTHED_OVER // 2 + 1]
        means.append(sum(nearby) / len(nearby))
    return means


def changes(allowed):
    """Where the payer's limit becomes another: second, before, after. A window's rounding is none."""
    found, since = [], allowed[0]
    for at, value in enumerate(allowed):
        if abs(value - since) > 0.1 * since and allowed[min(at + 1, len(allowed) - 1)] == value:
            found.append((at, since, value))
            since = value
    return found


def share(part, whole):
    return 100 * sum(part) / max(sum(whole), 1)


def bare(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET_INK)
    axes.tick_params(colors=QUIET_INK, labelcolor=INK)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def draw_rates(axes, trace):
    seconds = trace["second"]
    axes.fill_between(seconds, trace["allowed"], step="post", color=TRUTH, alpha=0.05, linewidth=0)
    axes.plot(seconds, trace["granted"], color=GRANTED, alpha=0.25, linewidth=0.7)
    axes.plot(seconds, trace["rate"], color=ASKED, linewidth=1.3, label="the rate that the fleet allows itself")
    axes.plot(seconds, smoothed(trace["granted"]), color=GRANTED, linewidth=2,
              label=f"what the payer granted (mean of {SMOOTHED_OVER} s; thin: each second)")
    axes.step(seconds, trace["allowed"], where="post", color=TRUTH, linewidth=1.5, label="the payer's limit")
    top = 1.35 * max(trace["allowed"])
    axes.set_ylim(0, top)
    axes.set_ylabel("requests a second", color=INK)
    annotate(axes, trace, top)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0), frameon=False, fontsize=9, labelcolor=INK)


def annotate(axes, trace, top):
    """Each change, each rate of the payer's, and what the fleet made of the second half of its time."""
    moved = changes(trace["allowed"])
    begins = [0] + [at for at, _, _ in moved]
    ends = begins[1:] + [len(trace["second"])]
    rates = [trace["allowed"][0]] + [after for _, _, after in moved]
    axes.text(8, 0.95 * top, f"starts at {trace['rate'][0]:,.0f},\nand the limit is {rates[0]:.0f}", ha="left",
              va="top", fontsize=9, color=QUIET_INK)
    for at, before, after in moved:
        axes.axvline(at, color=QUIET_INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.text(at + 5, 0.6 * top, f"{before:.0f} → {after:.0f}", ha="left", va="center", fontsize=9,
                  color=QUIET_INK)
    for begin, end, rate in zip(begins, ends, rates):
        half = slice((begin + end) // 2, end)
        asked = [granted + refused for granted, refused in zip(trace["granted"][half], trace["refused"][half])]
        text = (f"limit {rate:.0f} a second\nused {share(trace['granted'][half], trace['allowed'][half]):.1f} %, "
                f"429 {share(trace['refused'][half], asked):.2f} %")
        axes.text((begin + end) / 2, rate + 0.035 * top, text, ha="center", va="bottom", fontsize=9, color=INK,
                  bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2})


def draw_refusals(axes, trace):
    axes.bar(trace["second"], trace["refused"], width=1.0, color=REFUSED, linewidth=0)
    axes.set_ylabel("429 a second", color=INK)
    axes.set_ylim(0, max(5, 1.1 * max(trace["refused"])))
    axes.set_xlabel("seconds; the figures are those of each limit's second half, after settling", color=INK)
    axes.set_xlim(0, len(trace["second"]))
    axes.xaxis.set_major_locator(matplotlib_or_advice().MultipleLocator(60))


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    pyplot = matplotlib_or_advice()
    trace = read(sys.argv[1])
    title = sys.argv[3] if len(sys.argv) == 4 else "A payer's limit that nobody told us, and what the fleet finds"
    figure, (rates, refusals) = pyplot.subplots(
        2, 1, sharex=True, figsize=(WIDTH / DOTS_PER_INCH, HEIGHT / DOTS_PER_INCH),
        gridspec_kw={"height_ratios": [4, 1], "hspace": 0.08,
                     "left": 0.06, "right": 0.985, "top": 0.925, "bottom": 0.085})
    rates.set_title(title, loc="left", fontsize=13, color=INK, pad=12)
    for axes in (rates, refusals):
        bare(axes)
    draw_rates(rates, trace)
    draw_refusals(refusals, trace)
    figure.align_ylabels()
    figure.savefig(sys.argv[2], dpi=DOTS_PER_INCH, bbox_inches=None, metadata={"Software": None})


if __name__ == "__main__":
    main()
