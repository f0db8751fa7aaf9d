"""Medians, ranges and ratios of all rounds: as tables for people, and as JSON."""

import statistics

from .work import SHAPES, WORKLOADS

BASE = "holdfast_sync"


def summarise(samples, titles):
    """One row for each workload, shape and system.

    `samples` maps (workload, shape, system, round) to a sample. A ratio is that of Holdfast with
    `sync` to the system in the same round; its median, lowest and highest are told.
    """
    rows = []
    for workload in WORKLOADS:
        for shape in SHAPES:
            for system, title in titles.items():
                mine = {
                    key[3]: sample
                    for key, sample in samples.items()
                    if key[:3] == (workload, shape, system)
                }
                if not mine:
                    continue
                ratios = [
                    samples[(workload, shape, BASE, number)].per_second / sample.per_second
                    for number, sample in mine.items()
                    if (workload, shape, BASE, number) in samples
                ]
                rows.append(
                    {
                        "workload": workload,
                        "shape": shape,
                        "system": system,
                        "title": title,
                        "per_second": spread(sample.per_second for sample in mine.values()),
                        "holdfast_sync_ratio": spread(ratios) if system != BASE else None,
                        "p50_us": spread(sample.p50_us for sample in mine.values()),
                        "p99_us": spread(sample.p99_us for sample in mine.values()),
                        "cpu_us_per_request": spread(
                            sample.cpu_us_per_request for sample in mine.values()
                        ),
                    }
                )
    return rows


def spread(values):
    """Median, lowest and highest, or nothing where a value is missing."""
    values = list(values)
    if not values or any(value is None for value in values):
        return None
    return {
        "median": round(statistics.median(values), 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
    }


def tables(rows):
    """Markdown tables, one for each workload."""
    for workload, meaning in WORKLOADS.items():
        mine = [row for row in rows if row["workload"] == workload]
        if not mine:
            continue
        yield ""
        yield f"{workload}: {meaning}"
        yield ""
        yield (
            "| in flight | system | a second | lowest–highest | Holdfast sync is | p50 µs | p99 µs "
            "| server CPU µs a request |"
        )
        yield "|---|---|---|---|---|---|---|---|"
        for row in mine:
            rate, ratio = row["per_second"], row["holdfast_sync_ratio"]
            times = "" if ratio is None else f"{ratio['median']:.2f} × ({ratio['min']:.2f}–"
            times += "" if ratio is None else f"{ratio['max']:.2f})"
            yield (
                f"| {row['shape'].replace('x', ' × ')} | {row['title']} | {rate['median']:,.0f} "
                f"| {rate['min']:,.0f}–{rate['max']:,.0f} | {times} "
                f"| {median(row['p50_us'], 0)} | {median(row['p99_us'], 0)} "
                f"| {median(row['cpu_us_per_request'], 2)} |"
            )


def median(values, places):
    """A median as text, empty where it is missing."""
    return "" if values is None else f"{values['median']:,.{places}f}"


def disk_lines(disks, rows):
    """What one request at a time takes beside the bare disk and the bare network."""
    if not disks:
        return
    disk = statistics.median(one["p50_us"] for one in disks)
    yield ""
    yield f"bare disk, 4 KiB overwrite and fdatasync: p50 {disk:,.0f} µs"
    p50 = {
        row["system"]: row["p50_us"]["median"]
        for row in rows
        if (row["workload"], row["shape"]) == ("uniform", "1x1") and row["p50_us"]
    }
    if BASE in p50 and "echo" in p50:
        floor = disk + p50["echo"]
        yield (
            f"one in flight: p50 {p50[BASE]:,.0f} µs, {p50[BASE] / floor:.2f} × disk and echo "
            f"together ({floor:,.0f} µs)"
        )
