# SPDX-License-Identifier: MIT
"""The results as Markdown and as a plot. A time alone says more of the machine than of the program: ratios first."""
import math
import statistics

GOALS = {"limit": 1.15, "minimal": 1.5, "version": 2.0, "peak": 12.0}
COLOURS = ["#0b6bcb", "#7db5ea", "#1a7f37", "#8250df", "#bc4c00", "#a40e26", "#953800", "#57606a", "#24292f", "#c49102",
           "#2da44e", "#d4537e"]


def median(cell, name, key="ms"):
    rows = cell["runs"].get(name)
    return statistics.median(row[key] for row in rows) if rows else None


def ratio(value, base):
    if value is None or base is None:
        return "–"
    return f"{value / base:.1f}" if value / base < 10 else f"{value / base:.0f}"


def markdown(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def times(results, contenders):
    head = ["times as long as kvrun"]
    columns = [(latency, count) for latency in results["latency"] for count in results["secrets"]]
    head += [f"{count} secret{'s' if count > 1 else ''}, {latency} ms" for latency, count in columns]
    cells = [results["cells"][f"{latency}/{count}"] for latency, count in columns]
    rows = []
    for contender in contenders:
        values = [median(cell, contender.name) for cell in cells]
        if any(value is not None for value in values):
            rows.append([contender.title, *(ratio(value, median(cell, "kvrun")) for value, cell in zip(values, cells))])
    rows.append(["(kvrun, ms on this machine)", *(f"{median(cell, 'kvrun') or 0:.0f}" for cell in cells)])
    return markdown(head, rows)


def costs(results, contenders):
    """Counts of one number of secrets; CPU time and peak memory of the largest, without latency."""
    least, most = results["latency"][0], results["secrets"][-1]
    cells = {count: results["cells"][f"{least}/{count}"] for count in results["secrets"]}
    some = results["counts"]["secrets"]
    head = [f"{some} secret{'s' if some > 1 else ''}", "processes", "requests for a token", "requests to the vault", "of them 401", "connections",
            "CPU time, times kvrun's", "peak, times kvrun's", f"peak of {most}"]
    rows = []
    for contender in contenders:
        counted = results["counts"]["rows"].get(contender.name)
        if not counted:
            continue
        peaks = cells[most]["runs"].get(contender.name)
        rows.append([contender.title, *(str(counted[key]) for key in ("processes", "token", "vault", "refused", "connections")),
                     ratio(median(cells[some], contender.name, "cpu"), median(cells[some], "kvrun", "cpu")),
                     ratio(median(cells[some], contender.name, "kib"), median(cells[some], "kvrun", "kib")),
                     f"{max(row['kib'] for row in peaks) / 1024:.1f} MiB" if peaks else "–"])
    return markdown(head, rows)


def limits(results):
    """What the network allows: max(token, connect) + ceil(N / min(N, 16)) * read, all of the same run."""
    rows = []
    for key, cell in results["cells"].items():
        latency, count = (int(word) for word in key.split("/"))
        if latency == 0 or median(cell, "kvrun") is None:
            continue
        limit = max(cell["token"], cell["connect"]) + math.ceil(count / min(count, 16)) * cell["read"]
        own = [median(cell, name) / limit for name in ("kvrun", "kvrun-dynamic") if median(cell, name)]
        rows.append([f"{count} secret{'s' if count > 1 else ''}, {latency} ms", *(f"{value:.2f}" for value in own), f"{GOALS['limit']:.2f}",
                     f"{limit:.1f} ms = max({cell['token']:.1f}, {cell['connect']:.1f}) + "
                     f"{math.ceil(count / min(count, 16))} · {cell['read']:.1f}"])
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    head = ["", "kvrun / limit", *(["with the distribution's libraries / limit"] if width == 5 else []), "goal", "limit"]
    return markdown(head, rows)


def parallel(results):
    """Each bound's time as a ratio to the default's."""
    cells = results["parallel"]
    bounds = list(dict.fromkeys(name for cell in cells.values() for name in cell["runs"]))
    head = ["time by `parallel`, as a ratio to 16", *(name.removeprefix("parallel-") for name in bounds)]
    rows = []
    for key, cell in cells.items():
        latency, count = key.split("/")
        own = median(cell, "parallel-16")
        rows.append([f"{count} secrets, {latency} ms",
                     *(f"{median(cell, name) / own:.2f}" if median(cell, name) else "–" for name in bounds)])
    return markdown(head, rows)


def floor(results):
    measured = results["floor"]
    rows = []
    for title, name, base, goal in (("`kvrun -e A=a -- true` / the least that does it on OpenSSL", "kvrun one", "minimal", "minimal"),
                                    ("`kvrun --version` / an empty C program", "kvrun --version", "empty", "version")):
        counted = measured.get("instructions")
        rows.append([title, f"{measured['ms'][name] / measured['ms'][base]:.2f}",
                     f"{counted[name] / counted[base]:.2f} ({counted[name] / 1e6:.2f} M)" if counted else "– (no valgrind)",
                     f"{GOALS[goal]:.1f}"])
    rows.append(["peak memory at 100 secrets, MB", f"{measured['peak_kib'] * 1024 / 1e6:.1f}", "", f"{GOALS['peak']:.0f}"])
    return markdown(["", "time", "instructions", "goal at most"], rows)


def load(results):
    measured = results["load"]
    return markdown(["the emulator under load", ""], [
        [f"right answers to {measured['requests']:,} reads over {measured['connections']} connections", f"{measured['right']:,}"],
        ["peak memory after a tenth of them, after all, MB",
         ", ".join(f"{measured[key] * 1024 / 1e6:.1f}" for key in ("before_kib", "after_kib"))],
        ["CPU time of a read on a connection of its own / `openssl s_server -WWW`", f"{measured['cpu_ratio']:.1f}"]])


def plot(results, contenders):
    """Milliseconds by number of secrets, both logarithmic, at the largest round trip."""
    latency, counts = results["latency"][-1], results["secrets"]
    series = []
    for contender, colour in zip(contenders, COLOURS):
        points = [(count, median(results["cells"][f"{latency}/{count}"], contender.name)) for count in counts]
        points = [(count, value) for count, value in points if value is not None]
        if points:
            series.append((contender.title, colour, points))
    values = [value for _, _, points in series for _, value in points] or [1, 10]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    left, right, top, bottom = 70, 470, 40, 400

    def x(count):
        span = math.log10(counts[-1] / counts[0]) if counts[-1] > counts[0] else 1
        return left + (right - left) * math.log10(count / counts[0]) / span

    def y(value):
        return bottom - (bottom - top) * (math.log10(value) - low) / max(1, high - low)

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 450" font-family="sans-serif" font-size="12">',
           '<rect width="760" height="450" fill="#ffffff"/>',
           f'<text x="{left}" y="20" font-size="14">Time to start a command, a round trip of {latency} ms (ms, logarithmic)</text>']
    for power in range(low, high + 1):
        out.append(f'<line x1="{left}" x2="{right}" y1="{y(10 ** power):.1f}" y2="{y(10 ** power):.1f}" stroke="#d0d7de"/>'
                   f'<text x="{left - 8}" y="{y(10 ** power) + 4:.1f}" text-anchor="end">{10 ** power:,}</text>')
    for count in counts:
        out.append(f'<text x="{x(count):.1f}" y="{bottom + 20}" text-anchor="middle">{count}</text>')
    out.append(f'<text x="{(left + right) / 2}" y="{bottom + 40}" text-anchor="middle">secrets</text>')
    free = top
    for title, colour, points in sorted(series, key=lambda one: -one[2][-1][1]):
        path = " ".join(f"{x(count):.1f},{y(value):.1f}" for count, value in points)
        wide = 3 if title == "kvrun" else 1.5
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{wide}"/>')
        out += [f'<circle cx="{x(count):.1f}" cy="{y(value):.1f}" r="{wide}" fill="{colour}"/>' for count, value in points]
        label = max(free, y(points[-1][1]))
        free = label + 16
        out.append(f'<line x1="{x(points[-1][0]) + 4:.1f}" y1="{y(points[-1][1]):.1f}" x2="{right + 24}" y2="{label:.1f}" '
                   f'stroke="{colour}" stroke-width="0.5"/>'
                   f'<text x="{right + 28}" y="{label + 4:.1f}" fill="{colour}">{title}</text>')
    return "\n".join([*out, "</svg>", ""])


def write_report(results, contenders, folder):
    parts = [f"# What kvrun costs\n\nMade by `./dev bench` with `{results['kvrun']}`: medians of {results['runs']} runs, the "
             "contenders in turns, each run checked for the values that it delivered. How it is measured, and what to do "
             "about a fleet: docs/performance.md.\n"]
    if "cells" in results:
        parts += [times(results, contenders), costs(results, contenders), limits(results)]
        failed = dict(results["missing"])
        for cell in results["cells"].values():
            failed.update(cell["failed"])
        if failed:
            parts.append("Not run:\n\n" + "\n".join(f"- `{name}`: {why}" for name, why in failed.items()) + "\n")
        (folder / "plot.svg").write_text(plot(results, contenders))
    if "parallel" in results:
        parts.append(parallel(results))
    if "floor" in results:
        parts.append(floor(results))
    if "load" in results:
        parts.append(load(results))
    if "micro" in results:
        parts.append(markdown(["part", "µs"], [[row["name"], f"{row['ns'] / 1000:.2f}"] for row in results["micro"]]))
    if "fleet" in results:
        parts.append(results["fleet"]["text"])
    text = "\n".join(part for part in parts if part)
    (folder / "table.md").write_text(text)
    return text
