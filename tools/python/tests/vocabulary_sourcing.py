"""What plans and alternatives look like in a conversation."""

from typing import Any

from holdfast import (
    Alternative,
    LineAlternatives,
    SourcingCandidate,
    SourcingCriterion,
    SourcingLine,
    SourcingReport,
)

Json = dict[str, Any]


def fields(value: Any, names: str) -> Json:
    """Some members of a value by their names."""
    return {name: getattr(value, name) for name in names.split()}


def alternatives_by_line_seen(lines: tuple[LineAlternatives, ...]) -> list[Json]:
    """What could serve short lines instead, line by line."""
    return [
        {"line": one.line, "alternatives": alternatives_seen(one.alternatives)} for one in lines
    ]


def alternatives_seen(alternatives: tuple[Alternative, ...]) -> list[Json]:
    """What could serve a short line instead."""
    return [
        fields(one, "sku warehouse pool available")
        | {"kind": one.kind.label, "exclusion": one.exclusion.label}
        for one in alternatives
    ]


def sourcing_seen(report: SourcingReport) -> Json:
    """The plan of a dry run and what it was chosen from."""
    return fields(report, "refused_line ordered_at") | {
        "outcome": report.outcome.label,
        "mode": report.mode.label,
        "policy": report.policy.name,
        "proven": report.is_proven,
        "candidates": [_candidate_seen(one) for one in report.candidates],
        "lines": [_sourcing_line_seen(one) for one in report.lines],
        "objective": [_criterion_seen(*one) for one in report.objective],
        "lower_bound": [_criterion_seen(*one) for one in report.lower_bound],
    }


def _candidate_seen(one: SourcingCandidate) -> Json:
    names = "warehouse metres shipment_cost promised_at promise_minutes priority capacity_left"
    return fields(one, names) | {
        "exclusion": one.exclusion.label,
        "loss": one.loss.label if one.loss is not None else None,
        "preferred": one.is_preferred,
        "used": one.is_used,
    }


def _sourcing_line_seen(line: SourcingLine) -> Json:
    names = "warehouse pool available present unit_cost balance"
    return fields(line, "sku requested reserved version") | {
        "cells": [fields(one, names) for one in line.cells],
        "shares": [fields(one, "units warehouse pool backordered") for one in line.shares],
        "alternatives": alternatives_seen(line.alternatives),
    }


def _criterion_seen(criterion: SourcingCriterion, value: int) -> Json:
    return {"criterion": criterion.label, "value": value}
