"""Every message survives being written and read, whatever optional fields it has."""

import unittest
from dataclasses import replace
from typing import Any

from holdfast import (
    Alternative,
    AlternativeKind,
    AvailableCell,
    BackupFile,
    BackupFolder,
    BackupPlan,
    Cell,
    CheckReport,
    Constraints,
    Destination,
    Durability,
    Figures,
    Holder,
    HoldersReport,
    ImageCheckReport,
    Item,
    Line,
    LineAlternatives,
    MalformedFrame,
    MissingUnits,
    Outcome,
    OwnerReport,
    Policy,
    Progress,
    Rate,
    Refusal,
    RerouteEntry,
    RerouteFate,
    RerouteReason,
    RerouteReport,
    RerouteState,
    RerouteSum,
    Reservation,
    ReservationReport,
    ReservationState,
    ReserveMode,
    ReservedLine,
    ServerLimits,
    Share,
    SkuAvailability,
    SkuRow,
    SnapshotEntry,
    SnapshotReport,
    SnapshotState,
    SourcingExclusion,
    SourcingPolicy,
    SourcingTerm,
    StockCause,
    StockPage,
    StockReport,
    StockRow,
    SubstitutesPage,
    SubstitutesRow,
    Tier,
    Warehouse,
    WarehouseFill,
    WarehouseState,
    WriteReceipt,
)
from holdfast.messages import (
    REQUESTS,
    Availability,
    BackupEnd,
    BackupRead,
    BackupStart,
    Cancel,
    Check,
    CheckStart,
    CheckStatus,
    Commit,
    Extend,
    Fulfil,
    HoldAgain,
    Hello,
    Operation,
    OwnerShow,
    PolicyList,
    PolicyWrite,
    RatesList,
    RatesWrite,
    Release,
    Request,
    Reroute,
    RerouteStart,
    RerouteStatus,
    Reserve,
    Show,
    SkuWrite,
    SnapshotList,
    SnapshotStart,
    SnapshotStatus,
    Source,
    Stats,
    StockHolds,
    StockList,
    StockShow,
    StockWrite,
    SubstitutesList,
    SubstitutesWrite,
    WarehouseFillShow,
    WarehouseList,
    WarehouseSetState,
    WarehouseWrite,
    answer_frame,
    read_answer,
    read_request,
    request_frame,
)
from holdfast.payment import ExtendReason, HeldReservation
from holdfast.sourcing import (
    SourcingCandidate,
    SourcingCell,
    SourcingCriterion,
    SourcingLine,
    SourcingLoss,
    SourcingReport,
)
from holdfast.wire import Frame, FrameSplitter
from tests.sale_messages import SALE_ANSWERS, SALE_REQUESTS

ID, OTHER, OWNER = bytes(range(16)), bytes(range(16, 32)), bytes(range(160, 176))
NOW = 1_700_000_000_123

LINES = (
    Line("MUG", 1),
    Line("CUP", 1_000_000_000, "LON1", ("default", "flash"), 7),
    Line("x" * 64, 2, pools=("b2b",)),
)
ITEMS = (Item(0), Item(4_095, 3, "LON1", "default"), Item(1, pool="flash"), Item(2, 1, "A"))
HOUSE = Warehouse("LON1", 51_510_000, -130_000, "Zürich", 3, 4, 16, WarehouseState.DRAINING, 9, 1)
FULL_HOUSE = replace(
    HOUSE,
    kilometre_cost=7,
    capacity=0,
    utc_offset=-720,
    closed_weekdays=0b110_0000,
    regions=("GB", "IE-D-123"),
)
QUICK = Policy(
    "cheap-and-quick",
    (
        Tier(((SourcingTerm.COST_MINOR, 1), (SourcingTerm.PROMISE, 2)), 250),
        Tier(((SourcingTerm.METRES, 1_000_000),)),
    ),
)
RATES = (Rate(24, "LON1", "GB", 100_000, 299, 1, 40), Rate(65_535))
SUBSTITUTES = (SubstitutesRow("MUG", ("CUP", "x" * 64)), SubstitutesRow("CUP"))

REQUEST_CASES: list[Request[Any]] = [
    Hello("checkout-7", b"open sesame", 1, 3, 5),
    Stats(),
    Check(),
    CheckStart(),
    CheckStatus(),
    SnapshotStart(),
    SnapshotStatus(),
    SnapshotList(),
    BackupStart(),
    BackupRead(7, 1, 2**40, 524_288),
    BackupEnd(7),
    Reserve(LINES, OWNER, ID),
    Reserve(
        LINES,
        OWNER,
        ID,
        60_000,
        ReserveMode.BEST_EFFORT,
        destination=Destination(-90_000_000, 180_000_000, "GB-LND"),
        ordered_at=NOW,
        replaces=OTHER,
    ),
    Reserve((), OWNER, ID, destination=Destination(1, 2)),
    Reserve(LINES, OWNER, ID, policy="quick", alternatives=True),
    Reserve(LINES, OWNER, ID, policy=SourcingPolicy.BALANCED),
    Reserve(
        LINES,
        OWNER,
        ID,
        policy="green-first",
        replaces=OTHER,
        constraints=Constraints(3, 2, 800_000, NOW, True, ("A",), ("LON1", "B"), ("LON1",)),
    ),
    Reserve(LINES, OWNER, ID, constraints=Constraints(required=("LON1",))),
    Commit(ID, (), OTHER),
    Commit(ID, (), OTHER, True),
    Commit(ID, ITEMS, OTHER, True),
    Release(ID, ITEMS, OTHER),
    Fulfil(ID, (), OTHER),
    Cancel(ID, ITEMS, OTHER),
    Extend(ID, 86_400_000, OTHER),
    Extend(ID, 0, OTHER, ExtendReason.PAYMENT_PENDING),
    HoldAgain(ID, OWNER, OTHER, 60_000),
    Source(Reserve(LINES, OWNER, ID, destination=Destination(1, 2), ordered_at=NOW)),
    Reroute(ID, OTHER),
    RerouteStart("LON1"),
    RerouteStatus("LON1"),
    Show(ID),
    OwnerShow(OWNER, 1, True),
    StockWrite(
        StockCause.IMPORTED,
        (StockRow("LON1", "MUG", -5, "flash", 1, 2, 3, True), StockRow("LON1", "MUG", 7)),
        "Gang 7, ü",
        ID,
    ),
    StockShow("MUG"),
    StockList(3, 4_096),
    SkuWrite((SkuRow("MUG", 4_294_967_295), SkuRow("CUP", 0)), ID),
    Availability(("MUG", "CUP"), ("LON1",), ("default", "flash"), OWNER),
    Availability(("MUG",)),
    StockHolds("MUG", None, 1),
    StockHolds("MUG", "LON1", 1_024),
    WarehouseWrite((HOUSE, FULL_HOUSE), ID),
    PolicyWrite((QUICK, Policy("few", (Tier(((SourcingTerm.SHIPMENTS, 1),)),))), ID),
    PolicyList(),
    RatesWrite(RATES, ID),
    RatesWrite((), ID),
    RatesList(),
    SubstitutesWrite(SUBSTITUTES, ID),
    SubstitutesList(7, 1_000),
    SubstitutesList(sku="MUG"),
    WarehouseList(),
    WarehouseSetState("LON1", WarehouseState.OFFLINE, ID),
    WarehouseFillShow(),
]

SHARES = (
    Share(1, "LON1"),
    Share(4, "LON1", "flash", 3, Progress(1, 1, 1, 1), True),
    Share(2, "A", backordered=0),
)
RESERVATION = Reservation(
    9, NOW, ReservationState.COMMITTED, (ReservedLine(8, 7, SHARES), ReservedLine(1, 0)), True, True
)
REPORT = ReservationReport(RESERVATION, OWNER, NOW, ("MUG", None))
REROUTING = RerouteReport(
    3,
    RerouteState.DONE,
    Outcome.ACCEPTED,
    NOW,
    NOW + 1,
    7,
    8,
    (RerouteSum(1, 2), RerouteSum(1, 3), RerouteSum(1, 4), RerouteSum()),
    (RerouteReason(Outcome.INSUFFICIENT_STOCK, 1),),
    (
        RerouteEntry(ID, RerouteFate.KEPT, 2),
        RerouteEntry(OTHER, RerouteFate.LATER, 3, minutes_later=60),
        RerouteEntry(ID, RerouteFate.STUCK, 4, Outcome.INSUFFICIENT_STOCK, 1),
    ),
)
CRITERIA = tuple((criterion, 7 * criterion - 1) for criterion in SourcingCriterion)
ALTERNATIVES = (
    Alternative(AlternativeKind.POOL, "MUG", "LON1", "flash", 3),
    Alternative(AlternativeKind.WAREHOUSE, "MUG", "B", "default", 2, SourcingExclusion.NOT_OF_LINE),
    Alternative(AlternativeKind.SUBSTITUTE, "CUP", "LON1", "default", 1),
)
BY_LINE = (LineAlternatives(1, ALTERNATIVES[:1]), LineAlternatives(7, ALTERNATIVES))
SOURCING = SourcingReport(
    ReserveMode.BEST_EFFORT,
    Outcome.CONSTRAINTS_UNMET,
    1,
    NOW,
    5,
    False,
    Destination(1, -2, "GB-LND"),
    QUICK,
    Constraints(2, 1, 300_000, NOW + 1, True, ("A",), ("LON1", "B"), ("LON1",)),
    (
        SourcingCandidate("A", 1, 2, None, 3, 4, 0, SourcingExclusion.FULL),
        SourcingCandidate("B", 1, -2, NOW, 3, 4, loss=SourcingLoss.TIE),
        SourcingCandidate("LON1", 1, 2, NOW, 3, 4, 5, is_preferred=True, is_used=True),
    ),
    (
        SourcingLine(
            "MUG",
            8,
            7,
            3,
            "LON1",
            ("default", "flash"),
            (SourcingCell("A", "flash", 7, 4, -2, 300), SourcingCell("B", "default", 0, 0, 1, 0)),
            (Share(7, "LON1", "flash", 3), Share(0, "B", backordered=0)),
        ),
        SourcingLine("CUP", 1, 0, 0, alternatives=ALTERNATIVES),
    ),
    CRITERIA,
    CRITERIA[:2],
)
BARE_SOURCING = replace(
    SOURCING,
    outcome=Outcome.ACCEPTED,
    refused_line=None,
    is_proven=True,
    destination=None,
    constraints=Constraints(),
    candidates=(),
    lines=(),
    objective=(),
    lower_bound=(),
)
RECEIPT = WriteReceipt(9, 2, 1, 120, -3, 8)
STOCK = StockReport(
    "MUG", 7, 350, (Cell("LON1", "flash", 1, 2, 3, 4, 5), Cell("A", "default", 0, 0, 0, 0, 0))
)

WRITES = (
    StockWrite,
    SkuWrite,
    WarehouseWrite,
    WarehouseSetState,
    PolicyWrite,
    RatesWrite,
    SubstitutesWrite,
)

SNAPSHOT = SnapshotReport(
    2, SnapshotState.DONE, NOW, NOW + 5, 9, 8, 7, 6, 5, 4, 3, 2, 1, "00000000000000000009.hfs"
)
FAILED = SnapshotReport(
    3, SnapshotState.FAILED, NOW, NOW, *[0] * 9, failure="no space left on device"
)
PLAN = BackupPlan(
    7,
    8,
    60_000,
    (
        BackupFile(BackupFolder.SNAPSHOTS, SNAPSHOT.name, 2**33),
        BackupFile(BackupFolder.JOURNAL, "00000000000000000001.log", 67_108_864),
    ),
)

ANSWER_CASES: list[tuple[type[Request[Any]], Any]] = [
    (Hello, ServerLimits(1, Durability.INTERVAL, 0, NOW, 1, 2, 3, 4)),
    (Stats, {"connections": 3, "frames_total": -1}),
    (Check, CheckReport(1, 2, 3, 4, False, ("85123A at LON1: reserved 4, shares 3", ""))),
    (CheckStart, ImageCheckReport(SNAPSHOT, CheckReport(1, 2, 3, 4, True))),
    (CheckStatus, ImageCheckReport(replace(SNAPSHOT, ended_at=None))),
    (SnapshotStart, SNAPSHOT),
    (SnapshotStatus, FAILED),
    (SnapshotList, (SnapshotEntry(SNAPSHOT.name, 9, NOW, 1), SnapshotEntry("x", 0, 0, 1, "bad"))),
    (BackupStart, PLAN),
    (BackupRead, b"\0\xff"),
    (BackupEnd, None),
    (Show, REPORT),
    (OwnerShow, OwnerReport(5, ((ID, REPORT), (OTHER, REPORT)))),
    (Source, SOURCING),
    (Source, BARE_SOURCING),
    (StockShow, STOCK),
    (StockList, StockPage(43, (STOCK, STOCK))),
    (StockList, StockPage(None, ())),
    (
        Availability,
        (
            SkuAvailability(3, 4, (AvailableCell("LON1", WarehouseState.ONLINE, 4, 9),)),
            SkuAvailability(0, 0, ()),
        ),
    ),
    (StockHolds, HoldersReport(2, 3, 4, (Holder(ID, OWNER, NOW, 3, 4),))),
    (WarehouseList, (HOUSE, FULL_HOUSE)),
    (PolicyList, (replace(QUICK, number=16),)),
    (RatesList, RATES),
    (SubstitutesList, SubstitutesPage(43, SUBSTITUTES)),
    (SubstitutesList, SubstitutesPage(None, ())),
    (WarehouseFillShow, (WarehouseFill("LON1", WarehouseState.OFFLINE, 1, 2, 3, 4, 5, 6, 7),)),
    (WarehouseFillShow, (WarehouseFill("A", WarehouseState.ONLINE, 1, 2, 3, 4, 5, 6, 7, 8),)),
    (Reserve, replace(RESERVATION, promised_at=NOW)),
    (Reserve, replace(RESERVATION, alternatives=BY_LINE)),
    *((kind, RESERVATION) for kind in (Reserve, Commit, Release, Fulfil, Cancel, Extend, Reroute)),
    (HoldAgain, HeldReservation(OTHER, RESERVATION)),
    *((kind, REROUTING) for kind in (RerouteStart, RerouteStatus)),
    *((kind, RECEIPT) for kind in WRITES),
]

REQUEST_CASES += SALE_REQUESTS
ANSWER_CASES += SALE_ANSWERS

REFUSAL_CASES = [
    Refusal(Outcome.INSUFFICIENT_STOCK, index=4_095),
    Refusal(Outcome.WRONG_STATE, state=ReservationState.CANCELLED, detail="too late"),
    Refusal(Outcome.VERSION_CONFLICT, index=0, figures=Figures(1, 2, 3, 4, -5, 6)),
    Refusal(Outcome.STOCK_LOST, missing=(MissingUnits(0, 6, 4), MissingUnits(7, 1, 0))),
    Refusal(Outcome.CONSTRAINTS_UNMET, index=1, alternatives=BY_LINE),
    Refusal(Outcome.RATE_LIMITED, detail="try again in 120 ms", retry_after=120),
    Refusal(Outcome(366)),
]


class RoundTripTests(unittest.TestCase):
    """Written, read, and the same again."""

    def test_every_request_is_read_as_it_was_written(self) -> None:
        """And there is a case for every operation."""
        self.assertEqual({case.operation for case in REQUEST_CASES}, set(Operation))
        self.assertEqual(set(REQUESTS), set(Operation))
        for case in REQUEST_CASES:
            with self.subTest(case.operation.label):
                frame = Frame.decoded(request_frame(case, 7).encoded())
                self.assertEqual(read_request(type(case), frame), case)

    def test_every_answer_is_read_as_it_was_written(self) -> None:
        """And there is a case for every operation."""
        self.assertEqual({kind.operation for kind, _ in ANSWER_CASES}, set(Operation))
        for kind, case in ANSWER_CASES:
            with self.subTest(kind.operation.label):
                frame = Frame.decoded(answer_frame(kind, case, 7).encoded())
                self.assertEqual(read_answer(kind, frame), case)

    def test_every_refusal_is_read_as_it_was_written(self) -> None:
        """With all that may follow its detail."""
        for case in REFUSAL_CASES:
            with self.subTest(case.outcome.label):
                frame = Frame.decoded(answer_frame(Stats, case, 7).encoded())
                with self.assertRaises(Refusal) as caught:
                    read_answer(Stats, frame)
                self.assertEqual(caught.exception.args, case.args)

    def test_every_cut_is_malformed(self) -> None:
        """No decoder reads past the end, and none leaves bytes over."""
        for kind, case in ANSWER_CASES:
            body = answer_frame(kind, case, 7).body
            for size in range(len(body)):
                cut = Frame(0, 7, body[:size], True)
                with (
                    self.subTest(kind.operation.label, size=size),
                    self.assertRaises(MalformedFrame),
                ):
                    read_answer(kind, cut)
            with self.subTest(kind.operation.label), self.assertRaises(MalformedFrame):
                read_answer(kind, Frame(0, 7, body + b"\0", True))

    def test_no_change_of_a_byte_does_more_than_be_malformed(self) -> None:
        """Whatever a server sends, the reader ends with a value, a refusal or MalformedFrame."""
        for kind, case in ANSWER_CASES:
            body = answer_frame(kind, case, 7).body
            for position in range(len(body)):
                for value in (0x00, 0x01, 0x7F, 0x80, 0xFF):
                    changed = body[:position] + bytes([value]) + body[position + 1 :]
                    for number in (0, 200):
                        try:
                            read_answer(kind, Frame(number, 7, changed, True))
                        except (MalformedFrame, Refusal):
                            continue


class LayoutTests(unittest.TestCase):
    """Layouts that have more than one way of being wrong."""

    def test_the_whole_without_a_field_is_32_bytes_and_only_so(self) -> None:
        """The longer writing of it is malformed."""
        self.assertEqual(len(request_frame(Commit(ID), 1).body), 32)
        self.assertEqual(len(request_frame(Commit(ID, fulfil=True), 1).body), 36)
        with self.assertRaises(MalformedFrame):
            read_request(Commit, Frame(Operation.COMMIT, 1, ID + OTHER + bytes(4)))

    def test_the_default_pool_is_never_written_by_name(self) -> None:
        """Where a name says so all the same, the answer is malformed."""
        body = answer_frame(StockShow, STOCK, 1).body
        self.assertNotIn(b"default", body)
        named = body.replace(b"\x04\x05LON1flash", b"\x04\x07LON1default")
        with self.assertRaises(MalformedFrame):
            read_answer(StockShow, Frame(0, 1, named, True))

    def test_a_region_needs_a_destination(self) -> None:
        """Bit 2 goes with bit 0 only."""
        body = bytearray(request_frame(Reserve((), OWNER, ID), 1).body + b"GB\0\0\0\0\0\0")
        body[40] = 4
        with self.assertRaises(MalformedFrame):
            read_request(Reserve, Frame(Operation.RESERVE, 1, bytes(body)))

    def test_a_repeated_answer_says_so(self) -> None:
        """The flag of the frame becomes a field of the value."""
        frame = answer_frame(Commit, RESERVATION, 1)
        self.assertFalse(read_answer(Commit, frame).is_repeated)
        again = Frame(frame.number, 1, frame.body, True, True)
        self.assertTrue(read_answer(Commit, again).is_repeated)

    def test_frames_are_cut_out_of_any_pieces(self) -> None:
        """Byte by byte and all at once."""
        frames = [request_frame(case, number) for number, case in enumerate(REQUEST_CASES)]
        stream = b"".join(frame.encoded() for frame in frames)
        for step in (1, 7, len(stream)):
            splitter = FrameSplitter()
            found: list[Frame] = []
            for start in range(0, len(stream), step):
                found += splitter.frames(stream[start : start + step])
            self.assertEqual(found, frames)
            self.assertFalse(splitter.has_rest)


if __name__ == "__main__":
    unittest.main()
