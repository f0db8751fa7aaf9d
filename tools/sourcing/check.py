"""Checks explain certificates against a MIP solver, and against all sets where they are few.

Reads certificates from files or standard input, a line of JSON each; other lines are passed over.
Prints a summary, the result as JSON on the last line, and exits 1 when a certificate is wrong, a
claim of a proof is false, or fewer than 99.9 % of plans are the optimum.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter

from certificate import Certificate
from program import Program, SolverTrouble
from sets import Sets

AGREEMENT_MIN = 0.999


def check_program(certificate, found, time_limit_seconds):
    """Compares with the MIP; fills `found` with what came of it."""
    program = Program(certificate, time_limit_seconds)
    if certificate.is_refused:
        is_wrong = not program.fixed.is_coupled and program.is_feasible()
        found["program"] = "worse: all can be served" if is_wrong else "refusal confirmed"
        return
    if certificate.mode == "all_or_nothing" and program.short_of_fixed:
        found["program"] = "better: lines with a fixed warehouse get more than the rule gives"
        return
    told = certificate.objective(certificate.plan)
    tolerances = [0, 0, 0, *certificate.tolerances, 0]
    found["coupled"] = program.fixed.is_coupled
    has_rule = found["coupled"] or certificate.splits_per_line > 0
    for place, (factors, constant) in enumerate(program.criteria()):
        if told[place] == 0 and constant == 0:
            # Nothing is below zero: the plan has shown that this is the optimum.
            program.keep({column: factor for column, factor in factors.items() if factor}, 0)
            continue
        value = program.minimise(factors, constant, told[place])
        if tolerances[place]:
            most = value + value * tolerances[place] // 10_000
            excess = f"criterion {place}: plan {told[place]}, at most {most}, optimum {value}"
            if told[place] < value:
                found["program"] = f"better: {excess}"
            elif told[place] <= most:
                found["program"] = "within tolerance"
            else:
                found["program"] = f"relaxed: {excess}" if has_rule else f"worse: {excess}"
                found["excess"] = (told[place] - most) / max(1, most)
            return
        if told[place] != value:
            excess = f"criterion {place}: plan {told[place]}, solver {value}"
            if told[place] < value:
                found["program"] = f"better: {excess}"
            else:
                found["program"] = f"relaxed: {excess}" if has_rule else f"worse: {excess}"
            found["excess"] = (told[place] - value) / max(1, value)
            return
    found["program"] = "equal"


def check_sets(certificate, found):
    """Compares with the best of all sets where they are few."""
    sets = Sets(certificate)
    if not sets.is_small:
        return
    best, used = sets.best()
    if certificate.is_refused or (certificate.mode == "all_or_nothing" and best[0] > 0):
        is_right = certificate.is_refused and best[0] > 0
        found["sets"] = "equal" if is_right else "worse: refused, or should have been"
        return
    told = certificate.objective(certificate.plan)
    mine = {certificate.cells[one.cell].warehouse for one in certificate.plan}
    if told != best:
        found["sets"] = f"{'worse' if told > best else 'better'}: plan {told}, best set {best}"
    elif used != mine:
        found["sets"] = "worse: the tie goes to another set"
    else:
        found["sets"] = "equal"


def check(job):
    """What came of one certificate."""
    text, time_limit_seconds = job
    certificate = Certificate(text)
    found = {
        "name": certificate.name,
        "seed": certificate.seed,
        "group": certificate.name.split("-")[0],
        "proven": certificate.proven,
        "refused": certificate.is_refused,
        "nanoseconds": certificate.nanoseconds,
        "splits_per_line": certificate.splits_per_line > 0,
        "faults": certificate.check_itself(),
        "program": "",
        "sets": "",
    }
    if not found["faults"]:
        try:
            check_program(certificate, found, time_limit_seconds)
        except SolverTrouble as trouble:
            found["program"] = f"trouble: {trouble}"
        check_sets(certificate, found)
    found["verdict"] = verdict(found)
    if found["verdict"] in ("invalid", "false proof", "worse"):
        found["certificate"] = text
    return found


def verdict(found):
    """One word for a certificate."""
    both = (found["program"], found["sets"])
    if found["faults"] or any(one.startswith("better") for one in both):
        return "invalid"
    if any(one.startswith("worse") for one in both):
        return "false proof" if found["proven"] else "worse"
    if found["sets"] == "equal":
        return "optimal"
    if found["program"].startswith("trouble"):
        return "undecided"
    if found["program"].startswith("relaxed"):
        if found["splits_per_line"] and not found["coupled"]:
            return "false proof" if found["proven"] else "by rule"
        return "undecided"
    # The program says nothing of what comes after a tolerance; only a trial of all sets does.
    return "partly" if found["program"] == "within tolerance" else "optimal"


def summary(results):
    """Counts of a group of results."""
    verdicts = Counter(one["verdict"] for one in results)
    # A limit of splits per line gives up the optimum by rule; those plans are counted apart.
    apart = ("by rule", "undecided", "partly")
    judged = [one for one in results if one["verdict"] not in apart]
    optimal = sum(one["verdict"] == "optimal" for one in judged)
    times = sorted(one["nanoseconds"] for one in results if one["nanoseconds"] is not None)
    excess = [one["excess"] for one in results if one["verdict"] == "by rule"]
    return {
        "certificates": len(results),
        "optimal": optimal,
        "agreement": optimal / len(judged) if judged else 1.0,
        "worse": verdicts["worse"],
        "false_proofs": verdicts["false proof"],
        "invalid": verdicts["invalid"],
        "undecided": verdicts["undecided"],
        "only_up_to_tolerance": verdicts["partly"],
        "splits_per_line_above_solver": verdicts["by rule"],
        "splits_per_line_mean_excess": sum(excess) / len(excess) if excess else 0.0,
        "proven": sum(one["proven"] for one in results),
        "refused": sum(one["refused"] for one in results),
        "by_program": sum(one["program"] in ("equal", "refusal confirmed") for one in results),
        "by_sets": sum(one["sets"] == "equal" for one in results),
        "median_microseconds": times[len(times) // 2] / 1_000 if times else None,
        "p99_microseconds": times[len(times) * 99 // 100] / 1_000 if times else None,
    }


def certificates(paths):
    """The lines that are certificates."""
    for path in paths:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.lstrip().startswith("{"):
                    yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=["-"], help="files; - for standard input")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    parser.add_argument("--time-limit", type=float, default=120, help="seconds for a criterion")
    parser.add_argument("--failures", help="file for the certificates that are wrong")
    options = parser.parse_args()
    start = time.monotonic()
    jobs = ((line, options.time_limit) for line in certificates(options.paths))
    results = []
    with multiprocessing.Pool(options.jobs) as pool:
        for found in pool.imap_unordered(check, jobs, chunksize=4):
            results.append(found)
            if found["verdict"] in ("invalid", "false proof", "worse", "undecided"):
                details = [*found["faults"][:3], found["program"], found["sets"]]
                print(f"{found['verdict']}: {found['name']} (seed {found['seed']}):", *details)
    if not results:
        print("no certificate found — pipe `holdfast source … --explain --json` into this")
        return 64
    failures = [one["certificate"] for one in results if "certificate" in one]
    if options.failures and failures:
        with open(options.failures, "w", encoding="utf-8") as file:
            file.writelines(failures)
    groups = {}
    for one in results:
        groups.setdefault(one["group"], []).append(one)
    report = {name: summary(group) for name, group in sorted(groups.items())}
    for name, group in report.items():
        print(
            f"{name}: {group['certificates']} certificates, {group['agreement']:.2%} optimal,"
            f" {group['false_proofs']} false proofs, {group['invalid']} invalid,"
            f" {group['undecided']} undecided, {group['only_up_to_tolerance']} checked only up to a"
            f" tolerance; {group['proven']} proven,"
            f" {group['refused']} refused, {group['by_program']} confirmed by the MIP,"
            f" {group['by_sets']} by all sets"
        )
    passed = all(
        group["agreement"] >= AGREEMENT_MIN and not group["false_proofs"] and not group["invalid"]
        for group in report.values()
    )
    seconds = round(time.monotonic() - start, 1)
    print(json.dumps({"passed": passed, "seconds": seconds, "groups": report}))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
