"""Reads explain certificates, and says whether a plan obeys all that its certificate states.

Everything is whole numbers. What a plan comes to is added up from its shares alone, never taken
from the certificate.
"""

import datetime
import json
from dataclasses import dataclass, field

TERMS = ("metres", "cost_minor", "promise", "shipments", "balance", "priority")


@dataclass
class Warehouse:
    """A candidate; `rank` is its place in the order of codes."""

    code: str
    rank: int
    metres: int
    shipment_cost: int
    promise: int
    priority: int
    excluded: bool
    other_than_preferred: bool


@dataclass
class Cell:
    """The stock of one SKU in one warehouse and pool: units there, and units to be promised."""

    warehouse: int
    present: int
    extra: int
    unit_cost: int
    balance: int


@dataclass
class Line:
    """What a line asks for, and the cells it may take from with the place of their pool."""

    sku: str
    requested: int
    fixed: int | None
    cells: list = field(default_factory=list)


@dataclass(frozen=True)
class Share:
    """Units of a line from a cell."""

    line: int
    cell: int
    quantity: int
    backordered: int


class Certificate:
    """One certificate, checked for what it says of itself."""

    def __init__(self, text):
        raw = json.loads(text)
        raw = raw.get("certificate", raw)
        self.raw = raw
        self.faults = []
        case = raw.get("case", {})
        self.name = case.get("name", "certificate")
        self.seed = case.get("seed", 0)
        self.nanoseconds = case.get("nanoseconds")
        self.mode = raw["mode"]
        self.constraints = raw["constraints"]
        self.splits = self.constraints["splits_max"]
        self.splits_per_line = self.constraints["splits_per_line_max"]
        self.proven = raw["proven_optimal"]
        self.tiers = []
        self.tolerances = []
        for tier in raw["tiers"]:
            weights = dict.fromkeys(TERMS, 0)
            for part in tier["terms"]:
                weights[part["term"]] += part["weight"]
            self.tiers.append(weights)
            self.tolerances.append(round(tier["tolerance_percent"] * 100))
        self._read_warehouses(raw["candidates"])
        self._read_lines(raw["lines"])
        self._read_plan(raw["plan"])

    def _read_warehouses(self, candidates):
        preferred = set(self.constraints["preferred"])
        ordered = sorted(candidates, key=lambda one: one["warehouse"].encode())
        self.warehouses = [
            Warehouse(
                code=one["warehouse"],
                rank=rank,
                metres=one["metres"],
                shipment_cost=one["shipment_cost_minor"],
                promise=one["promise_minutes"],
                priority=one["priority"],
                excluded=one["excluded_because"] is not None,
                other_than_preferred=bool(preferred) and one["warehouse"] not in preferred,
            )
            for rank, one in enumerate(ordered)
        ]
        self.by_code = {one.code: one.rank for one in self.warehouses}
        if len(self.by_code) != len(self.warehouses):
            self.faults.append("a candidate stands there twice")
        for one in ordered:
            self._check_exclusion(one)

    def _check_exclusion(self, one):
        """An exclusion needs its reason, and a reason excludes."""
        limits = self.constraints
        code, why = one["warehouse"], one["excluded_because"]
        is_late = bool(limits["latest_promise"]) and instant(one["promise"]) > instant(
            limits["latest_promise"]
        )
        reasons = {
            "excluded": code in limits["excluded"],
            "not_required": bool(limits["required"]) and code not in limits["required"],
            "too_far": 0 < limits["metres_max"] < one["metres"],
            "too_late": is_late,
            "full": one["capacity_left"] == 0,
        }
        if why in reasons and not reasons[why]:
            self.faults.append(f"{code} isn't {why}")
        if why is None and any(reasons.values()):
            held = [name for name, holds in reasons.items() if holds]
            self.faults.append(f"{code} may serve, but is {', '.join(held)}")
        ordered_at = instant(self.raw["ordered_at"])
        if one["promise"] and ordered_at is not None:
            minute = int(ordered_at.timestamp()) // 60
            if int(instant(one["promise"]).timestamp()) // 60 - minute != one["promise_minutes"]:
                self.faults.append(f"{code}: promise and promise_minutes differ")

    def _read_lines(self, lines):
        self.cells = []
        self.cell_of = {}
        self.lines = []
        for raw in lines:
            fixed = raw["fixed_warehouse"]
            line = Line(raw["sku"], raw["requested"], self.by_code.get(fixed))
            pools = raw["pools"] or ["default"]
            for one in raw["candidates"]:
                key = (raw["sku"], one["warehouse"], one["pool"])
                present = max(0, min(one["present"], one["available"]))
                extra = max(0, one["available"] - present)
                if self.constraints["ships_complete"]:
                    extra = 0
                cell = Cell(
                    self.by_code[one["warehouse"]],
                    present,
                    extra,
                    one["unit_cost_minor"],
                    one["balance"],
                )
                if key not in self.cell_of:
                    self.cell_of[key] = len(self.cells)
                    self.cells.append(cell)
                elif self.cells[self.cell_of[key]] != cell:
                    self.faults.append(f"two lines see different stock of {key}")
                if one["pool"] in pools and line.fixed in (None, cell.warehouse):
                    line.cells.append((self.cell_of[key], pools.index(one["pool"])))
            self.lines.append(line)

    def _read_plan(self, plan):
        self.plan = []
        for one in plan:
            line = one["line"]
            key = (self.raw["lines"][line]["sku"], one["warehouse"], one["pool"])
            if key not in self.cell_of:
                self.faults.append(f"line {line} takes from {key[1]}/{key[2]}, which has nothing")
                continue
            self.plan.append(Share(line, self.cell_of[key], one["quantity"], one["backordered"]))

    @property
    def has_tolerance(self):
        """Whether some tier leaves room to the next."""
        return any(self.tolerances)

    @property
    def short(self):
        """Units that the plan leaves short."""
        return sum(line.requested for line in self.lines) - sum(one.quantity for one in self.plan)

    @property
    def is_refused(self):
        """Whether the plan isn't one: all or nothing, and not all is there."""
        return self.mode == "all_or_nothing" and self.short > 0

    def objective(self, shares):
        """The value of each criterion of shares, in the order in which they decide."""
        used = sorted({self.cells[one.cell].warehouse for one in shares})
        houses = [self.warehouses[number] for number in used]
        cells = [(self.cells[one.cell], one.quantity) for one in shares]
        terms = {
            "metres": sum(one.metres for one in houses),
            "cost_minor": sum(one.shipment_cost for one in houses)
            + sum(cell.unit_cost * quantity for cell, quantity in cells),
            "promise": max((one.promise for one in houses), default=0),
            "shipments": len(houses),
            "balance": sum(cell.balance * quantity for cell, quantity in cells),
            "priority": sum(one.priority for one in houses),
        }
        asked = sum(line.requested for line in self.lines)
        return [
            asked - sum(one.quantity for one in shares),
            sum(one.backordered for one in shares),
            sum(one.other_than_preferred for one in houses),
            *(sum(tier[term] * terms[term] for term in TERMS) for tier in self.tiers),
            len(houses),
        ]

    def broken(self, shares):
        """What shares don't keep to: stock, lines, mode and constraints."""
        found = []
        present, extra, got = {}, {}, {}
        for one in shares:
            cell = self.cells[one.cell]
            if one.quantity < 1 or not 0 <= one.backordered <= one.quantity:
                found.append(f"line {one.line}: {one.quantity} units, {one.backordered} not there")
            if one.cell not in {place for place, _ in self.lines[one.line].cells}:
                found.append(f"line {one.line} may not take from cell {one.cell}")
            if self.warehouses[cell.warehouse].excluded:
                found.append(f"{self.warehouses[cell.warehouse].code} is excluded and ships")
            present[one.cell] = present.get(one.cell, 0) + one.quantity - one.backordered
            extra[one.cell] = extra.get(one.cell, 0) + one.backordered
            got.setdefault(one.line, []).append(one)
        for place in present:
            if present[place] > self.cells[place].present or extra[place] > self.cells[place].extra:
                found.append(f"cell {place} gives more than it has")
        for number, line in enumerate(self.lines):
            mine = got.get(number, [])
            units = sum(one.quantity for one in mine)
            if units > line.requested:
                found.append(f"line {number} got more than it asked for")
            if self.mode == "whole_lines" and units not in (0, line.requested):
                found.append(f"line {number} isn't whole")
            count = len({self.cells[one.cell].warehouse for one in mine})
            if 0 < self.splits_per_line < count:
                found.append(f"line {number} is split over {count} warehouses")
        count = len({self.cells[one.cell].warehouse for one in shares})
        if 0 < self.splits < count:
            found.append(f"{count} warehouses ship, {self.splits} may")
        return found

    def check_itself(self):
        """Whether the certificate's plan is valid and its figures are those of its plan."""
        if not self.is_refused:
            self.faults += self.broken(self.plan)
        told = [one["value"] for one in self.raw["objective"]]
        names = [one["tier"] for one in self.raw["objective"]]
        wanted = ["short", "backordered", "not_preferred"]
        wanted += [str(number + 1) for number in range(len(self.tiers))] + ["shipments"]
        if names != wanted:
            self.faults.append(f"the criteria are {names}, not {wanted}")
        elif not self.is_refused and told != self.objective(self.plan):
            self.faults.append(f"objective {told}, but the plan has {self.objective(self.plan)}")
        for number, raw in enumerate(self.raw["lines"]):
            units = sum(one.quantity for one in self.plan if one.line == number)
            if raw["reserved"] != units:
                self.faults.append(f"line {number}: reserved {raw['reserved']}, shares of {units}")
        used = {self.cells[one.cell].warehouse for one in self.plan}
        for one in self.raw["candidates"]:
            if one["used"] != (self.by_code[one["warehouse"]] in used):
                self.faults.append(f"{one['warehouse']}: wrong about whether it is used")
        bound = [one["value"] for one in self.raw.get("lower_bound") or []]
        if bound and not self.is_refused and bound > told:
            self.faults.append(f"lower bound {bound} above the plan's {told}")
        return self.faults


def instant(text):
    """An instant from its text."""
    return None if not text else datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class FixedLines:
    """What lines with a fixed warehouse get by rule: first of all, in the order of the request."""

    def __init__(self, certificate):
        self.certificate = certificate
        self.present = [cell.present for cell in certificate.cells]
        self.extra = [cell.extra for cell in certificate.cells]
        self.shares = []
        self.used = set()
        for number, line in enumerate(certificate.lines):
            if line.fixed is not None:
                self._deal(number, line)

    def _deal(self, number, line):
        splits = self.certificate.splits
        if self.certificate.warehouses[line.fixed].excluded:
            return
        if splits and line.fixed not in self.used and len(self.used) >= splits:
            return
        places = [place for place, _ in sorted(line.cells, key=lambda pair: pair[1])]
        there = sum(self.present[place] + self.extra[place] for place in places)
        if self.certificate.mode == "whole_lines" and there < line.requested:
            return
        left = line.requested
        taken = {}
        for is_extra, rest in ((False, self.present), (True, self.extra)):
            for place in places:
                units = min(left, rest[place])
                rest[place] -= units
                left -= units
                whole, backordered = taken.get(place, (0, 0))
                taken[place] = (whole + units, backordered + (units if is_extra else 0))
        for place, (quantity, backordered) in taken.items():
            if quantity:
                self.shares.append(Share(number, place, quantity, backordered))
                self.used.add(line.fixed)

    @property
    def free_lines(self):
        """The lines that are still to be planned."""
        lines = enumerate(self.certificate.lines)
        return [(number, line) for number, line in lines if line.fixed is None]

    @property
    def is_coupled(self):
        """Whether lines compete for stock by a rule that isn't the best for the objective."""
        seen = {}
        for _, line in self.free_lines:
            if not line.cells:
                continue
            pools = tuple(sorted({place for place, _ in line.cells}))
            for place in pools:
                if place in seen and (
                    seen[place] != pools or self.certificate.mode == "whole_lines"
                ):
                    return True
                seen[place] = pools
        return False
