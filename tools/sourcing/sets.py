"""The best plan of a certificate by trying every set of warehouses.

Each set has one plan: lines in the order of the request take from the cells of the set in the
order of unit value, tier by tier, then by warehouse code, then by pool; what is there first, then
what can be promised. All sets are worked out at once, a column each.
"""

import numpy

from certificate import TERMS, FixedLines

WAREHOUSES_MAX = 14


class Sets:
    """The plans of all sets of the warehouses that may serve a certificate's lines."""

    def __init__(self, certificate):
        self.certificate = certificate
        self.fixed = FixedLines(certificate)
        cells = {place for _, line in self.fixed.free_lines for place, _ in line.cells}
        houses = {certificate.cells[place].warehouse for place in cells}
        self.free = sorted(
            number
            for number in houses - self.fixed.used
            if not certificate.warehouses[number].excluded
        )

    @property
    def is_small(self):
        """Whether there are few enough sets."""
        return len(self.free) <= WAREHOUSES_MAX and not self.certificate.splits_per_line

    def best(self):
        """The values of the best plan's criteria, and the warehouses that it uses."""
        self._deal_lines()
        certificate = self.certificate
        count = self.used.sum(axis=0)
        alive = numpy.ones(self.sets, dtype=bool)
        if certificate.splits:
            alive &= count <= certificate.splits
        criteria = self._criteria(count)
        tolerances = [0, 0, 0, *certificate.tolerances, 0]
        for values, tolerance in zip(criteria, tolerances):
            least = values[alive].min()
            alive &= values <= least + least * tolerance // 10_000
        # Among equals: read from the last code backwards, who lacks it first wins.
        for number in reversed(range(len(certificate.warehouses))):
            lacking = alive & ~self.used[number]
            if lacking.any():
                alive = lacking
        chosen = int(numpy.flatnonzero(alive)[0])
        used = {number for number in range(len(self.used)) if self.used[number][chosen]}
        return [int(values[chosen]) for values in criteria], used

    def _deal_lines(self):
        certificate, fixed = self.certificate, self.fixed
        self.sets = 1 << len(self.free)
        numbers = numpy.arange(self.sets)
        houses = len(certificate.warehouses)
        self.in_set = numpy.zeros((houses, self.sets), dtype=bool)
        self.used = numpy.zeros((houses, self.sets), dtype=bool)
        for bit, number in enumerate(self.free):
            self.in_set[number] = numbers >> bit & 1
        for number in fixed.used:
            self.in_set[number] = True
            self.used[number] = True
        self.present = {}
        self.extra = {}
        self.sums = {name: numpy.zeros(self.sets, dtype=numpy.int64) for name in
                     ("short", "backordered", "cost_minor", "balance")}
        for share in fixed.shares:
            cell = certificate.cells[share.cell]
            self.sums["cost_minor"] += cell.unit_cost * share.quantity
            self.sums["balance"] += cell.balance * share.quantity
            self.sums["backordered"] += share.backordered
        for number, line in enumerate(certificate.lines):
            if line.fixed is not None:
                got = sum(one.quantity for one in fixed.shares if one.line == number)
                self.sums["short"] += line.requested - got
        for _, line in fixed.free_lines:
            self._deal(line)

    def _deal(self, line):
        order = sorted(line.cells, key=self._fill_key)
        order = [
            place
            for place, _ in order
            if not self.certificate.warehouses[self.certificate.cells[place].warehouse].excluded
        ]
        for place in order:
            if place not in self.present:
                cell = self.certificate.cells[place]
                inside = self.in_set[cell.warehouse]
                self.present[place] = inside * self.fixed.present[place]
                self.extra[place] = inside * self.fixed.extra[place]
        left = numpy.full(self.sets, line.requested, dtype=numpy.int64)
        if self.certificate.mode == "whole_lines":
            there = numpy.zeros(self.sets, dtype=numpy.int64)
            for place in order:
                there += self.present[place] + self.extra[place]
            left *= there >= line.requested
            self.sums["short"] += line.requested * (there < line.requested)
        for rest in (self.present, self.extra):
            for place in order:
                cell = self.certificate.cells[place]
                taken = numpy.minimum(left, rest[place])
                rest[place] = rest[place] - taken
                left -= taken
                self.used[cell.warehouse] |= taken > 0
                self.sums["cost_minor"] += taken * cell.unit_cost
                self.sums["balance"] += taken * cell.balance
                if rest is self.extra:
                    self.sums["backordered"] += taken
        self.sums["short"] += left

    def _fill_key(self, pair):
        place, pool = pair
        cell = self.certificate.cells[place]
        values = [
            tier["cost_minor"] * cell.unit_cost + tier["balance"] * cell.balance
            for tier in self.certificate.tiers
        ]
        return [*values, self.certificate.warehouses[cell.warehouse].rank, pool]

    def _criteria(self, count):
        houses = self.certificate.warehouses

        def total(values):
            return numpy.array(values, dtype=numpy.int64) @ self.used.astype(numpy.int64)

        promises = numpy.array([one.promise for one in houses], dtype=numpy.int64)
        terms = {
            "metres": total([one.metres for one in houses]),
            "cost_minor": total([one.shipment_cost for one in houses]) + self.sums["cost_minor"],
            "promise": (promises[:, None] * self.used).max(axis=0, initial=0),
            "shipments": count,
            "balance": self.sums["balance"],
            "priority": total([one.priority for one in houses]),
        }
        tiers = [
            sum(tier[term] * terms[term] for term in TERMS if tier[term]) + 0 * count
            for tier in self.certificate.tiers
        ]
        others = total([one.other_than_preferred for one in houses])
        return [self.sums["short"], self.sums["backordered"], others, *tiers, count]
