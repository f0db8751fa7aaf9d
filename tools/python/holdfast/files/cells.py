"""Cells of a snapshot at its end LSN, or of a log at its end.

A snapshot's are those of its state records with the log slice on top, as ``StateRecords.md`` says;
a log's are made by its movements alone, from the first one on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from holdfast.files.effects import Effect, effects_of
from holdfast.files.faults import FileFault, Malformed
from holdfast.files.journal import Journal
from holdfast.files.movement_records import read_movement
from holdfast.files.movements import Movement
from holdfast.files.names import Names
from holdfast.files.snapshot import SectionKind, Snapshot
from holdfast.files.state import SkuState
from holdfast.files.state_records import read_state

_UNITS_MAX = (1 << 31) - 1


@dataclass(slots=True)
class Figures:
    """The figures of a cell, in units."""

    on_hand: int = 0
    reserved: int = 0
    committed: int = 0
    safety_stock: int = 0
    backorder_limit: int = 0

    @property
    def available(self) -> int:
        """The units that may still be promised; below 0 in a shortfall."""
        taken = self.reserved + self.committed + self.safety_stock
        return self.on_hand - taken + self.backorder_limit

    def add(self, effect: Effect) -> None:
        """Changes the figures. Raises ``Malformed`` where one leaves its range."""
        self.on_hand += effect.on_hand
        self.reserved += effect.reserved
        self.committed += effect.committed
        self.safety_stock += effect.safety_stock
        self.backorder_limit += effect.backorder_limit
        self.check()

    def check(self) -> None:
        """Raises ``Malformed`` where a figure is out of its range."""
        figures = (
            self.on_hand,
            self.reserved,
            self.committed,
            self.safety_stock,
            self.backorder_limit,
        )
        if not all(0 <= figure <= _UNITS_MAX for figure in figures):
            raise Malformed(f"the figures of a cell are {figures}")


@dataclass(slots=True)
class SkuCells:
    """A SKU by number with its cells by warehouse and pool; movements from ``lsn`` on apply."""

    name: str
    lsn: int
    version: int = 0
    has_shortfall: bool = False
    cells: dict[tuple[int, int], Figures] = field(default_factory=dict)


class StockBook:
    """All SKUs and their cells, brought on movement by movement."""

    def __init__(self) -> None:
        self.skus: dict[int, SkuCells] = {}

    def load(self, lsn: int, state: SkuState) -> None:
        """Takes a SKU from its state record. Raises ``Malformed``."""
        if state.number in self.skus:
            raise Malformed(f"SKU {state.number} has a second state record")
        sku = SkuCells(state.name, lsn, state.version, state.has_shortfall)
        for row in state.cells:
            figures = Figures(
                row.on_hand, row.reserved, row.committed, row.safety_stock, row.backorder_limit
            )
            figures.check()
            sku.cells[row.warehouse, row.pool] = figures
        if len(sku.cells) != len(state.cells):
            raise Malformed(f"SKU {state.number} has a cell a second time")
        self.skus[state.number] = sku

    def apply(self, movement: Movement) -> None:
        """Takes from a movement what the SKUs don't have yet. Raises ``Malformed``."""
        try:
            for effect in effects_of(movement):
                self._apply(effect, movement.lsn)
        except Malformed as error:
            raise Malformed(f"movement at LSN {movement.lsn}, {movement.word}: {error}") from error

    def _apply(self, effect: Effect, lsn: int) -> None:
        sku = self.skus.get(effect.sku)
        if effect.new_name is not None and sku is None:
            sku = self.skus[effect.sku] = SkuCells(effect.new_name, lsn)
        elif effect.new_name is not None and sku is not None and lsn >= sku.lsn:
            raise Malformed(f"SKU {effect.sku} is made a second time")
        if sku is None:
            raise Malformed(f"SKU {effect.sku} was never made")
        if lsn < sku.lsn:
            return
        sku.version += effect.raises_version
        if effect.has_shortfall is not None:
            sku.has_shortfall = effect.has_shortfall
        if effect.place is None:
            return
        if effect.is_new_cell == (effect.place in sku.cells):
            raise Malformed(f"SKU {effect.sku} has the wrong cells")
        sku.cells.setdefault(effect.place, Figures()).add(effect)


@dataclass(frozen=True, slots=True)
class SettledCell:
    """A cell by name; ``version`` and ``has_shortfall`` are those of its SKU."""

    sku: str
    warehouse: str
    pool: str
    figures: Figures
    version: int
    has_shortfall: bool


def settled_cells(snapshot: Snapshot) -> Iterator[SettledCell]:
    """The cells of a snapshot at its end LSN, by SKU, warehouse and pool. Raises ``FileFault``."""
    book, names = StockBook(), Names()
    for section in snapshot.sections:
        lsn = section.first_lsn
        for record in snapshot.records(section):
            try:
                if section.kind is SectionKind.LOG_SLICE:
                    movement = read_movement(record, lsn)
                    names.learn(movement)
                    book.apply(movement)
                else:
                    state = read_state(record)
                    names.learn_state(state.body)
                    if isinstance(state.body, SkuState):
                        book.load(state.lsn, state.body)
            except Malformed as error:
                what = f"section {section.index} ({section.kind.label}): {error}"
                raise FileFault(snapshot.path, section.offset, what) from error
            lsn += len(record)
    return _cells_by_name(book, names)


def logged_cells(journal: Journal) -> Iterator[SettledCell]:
    """The cells that a whole log leaves, by SKU, warehouse and pool. Raises ``FileFault``."""
    book, names = StockBook(), Names()
    if journal.begins_later:
        raise FileFault(journal.path, 0, "the log's beginning is gone: a snapshot has its cells")
    for movement in journal.movements():
        names.learn(movement)
        try:
            book.apply(movement)
        except Malformed as error:
            raise FileFault(journal.path, 0, str(error)) from error
    return _cells_by_name(book, names)


def _cells_by_name(book: StockBook, names: Names) -> Iterator[SettledCell]:
    """The cells of a book with names, by SKU, warehouse and pool."""
    for sku in sorted(book.skus.values(), key=lambda sku: sku.name):
        named = [
            (names.warehouse(warehouse), names.pool(pool), figures)
            for (warehouse, pool), figures in sku.cells.items()
        ]
        for warehouse, pool, figures in sorted(named, key=lambda cell: cell[:2]):
            yield SettledCell(sku.name, warehouse, pool, figures, sku.version, sku.has_shortfall)
