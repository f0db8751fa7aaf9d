"""The best plan of a certificate by a mixed-integer program, criterion by criterion.

Whole quantities, a 0/1 variable for each warehouse that ships, the latest promise as a maximum.
What lines with a fixed warehouse get is a rule and goes in as it is. After each criterion its
optimum is fixed for the next. The solver works in floating point, so its answer is rounded,
checked and added up again in whole numbers before anything is compared.
"""

import highspy
import numpy

from certificate import TERMS, FixedLines, Share

INFINITE = highspy.kHighsInf

# Settings by attempt: the strictest first, then those that the solver is most at home with.
ATTEMPTS = (
    {"presolve": "choose", "mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9},
    {"presolve": "choose", "mip_feasibility_tolerance": 1e-6, "primal_feasibility_tolerance": 1e-7},
    {"presolve": "off", "mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9},
)


class SolverTrouble(Exception):
    """The solver gave no usable answer."""


class Columns:
    """Columns and rows of a program while it is put together."""

    def __init__(self):
        self.lower, self.upper, self.whole = [], [], []
        self.rows = []

    def add(self, lower, upper, whole=True):
        """A column; returns its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(self, lower, upper, terms):
        """A row over (column, factor) pairs."""
        self.rows.append((lower, upper, terms))


class Program:
    """The program of one certificate."""

    def __init__(self, certificate, time_limit_seconds):
        self.certificate = certificate
        self.fixed = FixedLines(certificate)
        self.columns = Columns()
        self._add_warehouses()
        self._add_lines()
        self._make_solver(time_limit_seconds)

    # Columns and rows

    def _add_warehouses(self):
        certificate, columns = self.certificate, self.columns
        self.opened = {}
        for one in certificate.warehouses:
            if one.rank in self.fixed.used:
                self.opened[one.rank] = columns.add(1, 1)
            elif not one.excluded:
                self.opened[one.rank] = columns.add(0, 1)
        latest = max((one.promise for one in certificate.warehouses), default=0)
        self.promise = columns.add(0, latest, whole=False)
        for rank, column in self.opened.items():
            promise = certificate.warehouses[rank].promise
            columns.row(0, INFINITE, [(self.promise, 1), (column, -promise)])
        if certificate.splits:
            columns.row(0, certificate.splits, [(column, 1) for column in self.opened.values()])

    def _add_lines(self):
        certificate, columns = self.certificate, self.columns
        self.present, self.extra = {}, {}
        self.short = []
        self.short_of_fixed = sum(
            line.requested for line in certificate.lines if line.fixed is not None
        ) - sum(one.quantity for one in self.fixed.shares)
        users = {}
        for number, line in self.fixed.free_lines:
            terms = []
            for place, _ in line.cells:
                cell = certificate.cells[place]
                if cell.warehouse not in self.opened:
                    continue
                opened = self.opened[cell.warehouse]
                rests = ((self.present, self.fixed.present), (self.extra, self.fixed.extra))
                for kind, rest in rests:
                    most = min(rest[place], line.requested)
                    if most <= 0 or (number, place) in kind:
                        continue
                    column = columns.add(0, most)
                    kind[number, place] = column
                    columns.row(-INFINITE, 0, [(column, 1), (opened, -most)])
                    terms.append((column, 1))
                    users.setdefault((place, kind is self.extra), []).append(column)
            self._add_demand(number, line, terms)
        for (place, is_extra), mine in users.items():
            if len(mine) > 1:
                most = (self.fixed.extra if is_extra else self.fixed.present)[place]
                columns.row(-INFINITE, most, [(column, 1) for column in mine])

    def _add_demand(self, number, line, terms):
        columns = self.columns
        mode = self.certificate.mode
        if mode == "whole_lines":
            left_out = columns.add(0, 1)
            self.short.append((left_out, line.requested))
            terms = [*terms, (left_out, line.requested)]
        elif mode == "best_effort":
            short = columns.add(0, line.requested)
            self.short.append((short, 1))
            terms = [*terms, (short, 1)]
        columns.row(line.requested, line.requested, terms)
        if self.certificate.splits_per_line:
            self._add_splits(number, line)

    def _add_splits(self, number, line):
        columns = self.columns
        serves = {}
        for place, _ in line.cells:
            for kind in (self.present, self.extra):
                column = kind.get((number, place))
                if column is None:
                    continue
                warehouse = self.certificate.cells[place].warehouse
                if warehouse not in serves:
                    serves[warehouse] = columns.add(0, 1)
                most = columns.upper[column]
                columns.row(-INFINITE, 0, [(column, 1), (serves[warehouse], -most)])
        most = self.certificate.splits_per_line
        columns.row(0, most, [(column, 1) for column in serves.values()])

    def _make_solver(self, time_limit_seconds):
        columns = self.columns
        model = highspy.HighsLp()
        model.num_col_ = len(columns.lower)
        model.num_row_ = len(columns.rows)
        model.col_cost_ = numpy.zeros(model.num_col_)
        model.col_lower_ = numpy.array(columns.lower, dtype=float)
        model.col_upper_ = numpy.array(columns.upper, dtype=float)
        model.row_lower_ = numpy.array([row[0] for row in columns.rows], dtype=float)
        model.row_upper_ = numpy.array([row[1] for row in columns.rows], dtype=float)
        starts, indices, values = [0], [], []
        for _, _, terms in columns.rows:
            indices += [column for column, _ in terms]
            values += [factor for _, factor in terms]
            starts.append(len(indices))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = numpy.array(starts, dtype=numpy.int32)
        model.a_matrix_.index_ = numpy.array(indices, dtype=numpy.int32)
        model.a_matrix_.value_ = numpy.array(values, dtype=float)
        whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [whole if is_whole else real for is_whole in columns.whole]
        self.solver = highspy.Highs()
        self.time_limit_seconds = time_limit_seconds
        self._set(
            output_flag=False,
            threads=1,
            mip_rel_gap=0.0,
            # Every criterion is a whole number: a gap below one is none.
            mip_abs_gap=0.5,
            time_limit=float(time_limit_seconds),
            **ATTEMPTS[0],
        )
        self.solver.passModel(model)

    def _set(self, **options):
        for name, value in options.items():
            self.solver.setOptionValue(name, value)

    def _solve(self, attempts=ATTEMPTS):
        """Runs the solver, again with other settings where its rounding has led it astray.

        Returns whether there is an answer, which then is in ``solution`` and a valid plan.
        """
        trouble = None
        statuses = set()
        for settings in attempts:
            self._set(**settings)
            self.solver.run()
            status = self.solver.getModelStatus()
            statuses.add(status)
            if status != highspy.HighsModelStatus.kOptimal:
                continue
            try:
                self._shares()
                return True
            except SolverTrouble as found:
                trouble = found
        if statuses == {highspy.HighsModelStatus.kInfeasible}:
            return False
        raise trouble or SolverTrouble(f"statuses {statuses}")

    # Criteria

    def criteria(self):
        """By criterion: factors by column, and what fixed lines add."""
        certificate = self.certificate
        shares = self.fixed.shares
        units = [(certificate.cells[one.cell], one.quantity) for one in shares]
        short = dict(self.short), self.short_of_fixed
        backordered = dict.fromkeys(self.extra.values(), 1), sum(one.backordered for one in shares)
        others = {
            column: 1
            for rank, column in self.opened.items()
            if certificate.warehouses[rank].other_than_preferred
        }
        criteria = [short, backordered, (others, 0)]
        for tier in certificate.tiers:
            constant = sum(
                quantity * (tier["cost_minor"] * cell.unit_cost + tier["balance"] * cell.balance)
                for cell, quantity in units
            )
            criteria.append((self._factors(tier), constant))
        criteria.append((dict.fromkeys(self.opened.values(), 1), 0))
        return criteria

    def _factors(self, tier):
        factors = {}
        for rank, column in self.opened.items():
            one = self.certificate.warehouses[rank]
            factors[column] = (
                tier["metres"] * one.metres
                + tier["cost_minor"] * one.shipment_cost
                + tier["shipments"]
                + tier["priority"] * one.priority
            )
        for kind in (self.present, self.extra):
            for (_, place), column in kind.items():
                cell = self.certificate.cells[place]
                factors[column] = (
                    tier["cost_minor"] * cell.unit_cost + tier["balance"] * cell.balance
                )
        factors[self.promise] = tier["promise"]
        return factors

    # Solving

    def is_feasible(self):
        """Whether all of every line can be served."""
        if self.short_of_fixed:
            return False
        return self._solve()

    def minimise(self, factors, constant, told):
        """The least value of a criterion, which from now on no answer may exceed.

        Where a plan that is valid has told of less, the solver has cut its optimum off by rounding,
        and has to try again with other settings.
        """
        factors = {column: factor for column, factor in factors.items() if factor}
        if not factors:
            return constant
        count = len(self.columns.lower)
        costs = numpy.zeros(count)
        for column, factor in factors.items():
            costs[column] = factor
        everything = numpy.arange(count, dtype=numpy.int32)
        self.solver.changeColsCost(count, everything, costs)
        for first in range(len(ATTEMPTS)):
            if not self._solve(ATTEMPTS[first:]):
                raise SolverTrouble("no plan at all")
            value = sum(factor * self._rounded(column) for column, factor in factors.items())
            if value + constant <= told:
                break
        self.keep(factors, value)
        return value + constant

    def keep(self, factors, value):
        """Lets no answer from now on have a higher value of a criterion, fixed lines aside."""
        columns = [column for column, factor in factors.items() if factor]
        self.solver.addRow(
            -INFINITE,
            value + 0.5,
            len(columns),
            numpy.array(columns, dtype=numpy.int32),
            numpy.array([factors[column] for column in columns], dtype=float),
        )

    def _rounded(self, column):
        if column == self.promise:
            return max(
                (
                    self.certificate.warehouses[rank].promise
                    for rank, opened in self.opened.items()
                    if self._rounded(opened)
                ),
                default=0,
            )
        return round(self.solution[column])

    def _shares(self):
        """The answer as shares, which have to be a valid plan."""
        self.solution = list(self.solver.getSolution().col_value)
        shares = list(self.fixed.shares)
        for pair in {*self.present, *self.extra}:
            number, place = pair
            there = self._rounded(self.present[pair]) if pair in self.present else 0
            later = self._rounded(self.extra[pair]) if pair in self.extra else 0
            if there + later:
                warehouse = self.certificate.cells[place].warehouse
                if not self._rounded(self.opened[warehouse]):
                    raise SolverTrouble("takes from a warehouse that isn't open")
                shares.append(Share(number, place, there + later, later))
        broken = self.certificate.broken(shares)
        if broken:
            raise SolverTrouble(f"rounded answer is no plan: {broken[0]}")
        return shares
