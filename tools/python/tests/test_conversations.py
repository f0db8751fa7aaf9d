"""The conversations keep to their format, and their runner finds what differs."""

import json
import unittest
from typing import Any, ClassVar

from holdfast import Outcome, Refusal, WriteReceipt
from tests.conversations import EXPECT_KEYS, FOLDER, STEP_KEYS, Failed, attempt, run
from tests.patterns import FileError, Variables
from tests.vocabulary import ID_ARGUMENTS, request_of

OUTCOMES = {outcome.label for outcome in Outcome}


class Anything(Variables):
    """Variables that are bound to something wherever they are asked for."""

    def plain(self, value: Any) -> Any:
        """See ``Variables``."""
        try:
            return super().plain(value)
        except FileError:
            return 1

    def arguments(self, value: Any, name: str = "") -> Any:
        """See ``Variables``."""
        made = super().arguments(value, name)
        return bytes(16) if name in ID_ARGUMENTS and made == 1 else made


class FormatTests(unittest.TestCase):
    """The files."""

    def test_every_step_is_one_that_a_runner_knows(self) -> None:
        """Its keys, its operation, its arguments and its outcome."""
        paths = sorted(FOLDER.glob("*.json"))
        self.assertGreater(len(paths), 30)
        calls, outcomes = set(), set()
        for path in paths:
            conversation = json.loads(path.read_text(encoding="utf-8"))
            self.assertEqual(set(conversation), {"title", "steps"}, path.name)
            for number, step in enumerate(conversation["steps"]):
                with self.subTest(path.name, step=number):
                    expect = step.get("expect", {})
                    self.assertLessEqual(set(step), STEP_KEYS)
                    self.assertLessEqual(set(expect), EXPECT_KEYS)
                    outcome = expect.get("outcome", "accepted")
                    self.assertIn(outcome, OUTCOMES)
                    arguments = Anything("abcde-").arguments(step.get("arguments", {}))
                    arguments.pop("all_pages", None)
                    request = request_of(step["call"], arguments)
                    self.assertEqual(request.operation.label, step["call"])
                    calls.add(step["call"])
                    outcomes.add(outcome)
        self.assertEqual(len(calls), 39, "an operation isn't talked about")
        self.assertGreater(len(outcomes), 25)

    def test_only_conversations_are_in_the_folder(self) -> None:
        """A file that no runner would play is an error."""
        names = {path.suffix for path in FOLDER.iterdir()} - {".json"}
        self.assertEqual(names, {".md"})


class PatternTests(unittest.TestCase):
    """What matches and what doesn't."""

    ANSWER: ClassVar[Any] = {
        "lsn": 7,
        "state": "held",
        "shares": [{"units": 2}, {"units": 3}],
        "none": None,
    }

    def test_patterns_that_match(self) -> None:
        """One of each kind."""
        variables = Variables("abcde-")
        variables.bind("LSN", 7)
        for pattern in (
            {},
            {"lsn": 7, "none": None},
            {"lsn": "$LSN"},
            {"lsn": {"$sum": ["$LSN", 5, -5]}},
            {"lsn": {"$at_least": {"$sum": ["$LSN", -1]}}},
            {"lsn": {"$above": 6}, "state": {"$not": "expired"}},
            {"shares": [{"units": 2}, {}]},
            {"shares": {"$in_any_order": [{"units": {"$at_least": 2}}, {"units": 2}]}},
            {"shares": {"$contains": {"units": 3}}},
            {"shares": {"$length": 2}},
        ):
            with self.subTest(pattern):
                self.assertEqual(variables.differences(pattern, self.ANSWER, "answer"), [])

    def test_patterns_that_do_not_match(self) -> None:
        """Each tells a difference."""
        variables = Variables("abcde-")
        variables.bind("LSN", 8)
        for pattern in (
            {"lsn": "$LSN"},
            {"lsn": {"$above": 7}},
            {"lsn": {"$below": 7}},
            {"lsn": {"$at_most": 6}},
            {"lsn": True},
            {"none": 0},
            {"state": {"$not": "held"}},
            {"shares": [{"units": 2}]},
            {"shares": [{"units": 3}, {"units": 2}]},
            {"shares": {"$in_any_order": [{"units": 2}, {"units": 2}]}},
            {"shares": {"$contains": {"units": 4}}},
            {"shares": {"$length": 1}},
        ):
            with self.subTest(pattern):
                lines = variables.differences(pattern, self.ANSWER, "answer")
                self.assertTrue(lines)

    def test_mistakes_of_a_file_are_named(self) -> None:
        """An unbound variable, an unknown field, an unknown test."""
        for pattern in ({"lsn": "$NOWHERE"}, {"lns": 7}, {"lsn": {"$about": 7}}):
            with self.subTest(pattern), self.assertRaises(FileError):
                Variables("abcde-").differences(pattern, self.ANSWER, "answer")


class RunnerTests(unittest.TestCase):
    """Steps against answers that a test makes up."""

    STEP: ClassVar[Any] = {
        "call": "warehouse_write",
        "arguments": {"id": "$W", "rows": [{"code": "~A"}]},
        "expect": {"answer": {"rows": 1}},
        "capture": {"LSN": "lsn"},
    }

    def test_a_step_sends_and_captures(self) -> None:
        """The prefix and the id are put in, the answer's field is bound."""
        sent: list[Any] = []

        def call(request: Any) -> WriteReceipt:
            sent.append(request)
            return WriteReceipt(9, 1)

        variables = Variables("abcde-")
        run(self.STEP | {"times": 2}, variables, call)
        self.assertEqual([one.rows[0].code for one in sent], ["abcde-A", "abcde-A"])
        self.assertEqual(sent[0].id, sent[1].id)
        self.assertEqual(variables.plain("$LSN"), 9)

    def test_differences_fail(self) -> None:
        """Another answer, a refusal instead of one, and one instead of a refusal."""

        def refused(_: Any) -> Any:
            raise Refusal(Outcome.UNKNOWN_SKU, index=1)

        variables = Variables("abcde-")
        with self.assertRaises(Failed):
            run(self.STEP, variables, lambda _: WriteReceipt(9, 2))
        with self.assertRaises(Failed):
            run(self.STEP, variables, refused)
        step = self.STEP | {"expect": {"outcome": "unknown_sku", "refusal": {"index": 1}}}
        self.assertEqual(attempt(step, variables, refused), [])
        self.assertTrue(attempt(step, variables, lambda _: WriteReceipt(9, 1)))
        step = self.STEP | {"expect": {"outcome": "unknown_sku", "refusal": {"index": 0}}}
        self.assertTrue(attempt(step, variables, refused))

    def test_until_polls_up_to_its_bound(self) -> None:
        """The third answer is the one."""
        rows = iter((0, 0, 1))
        run(self.STEP | {"until": 60}, Variables("abcde-"), lambda _: WriteReceipt(9, next(rows)))
        with self.assertRaises(Failed):
            run(self.STEP | {"until": 0}, Variables("abcde-"), lambda _: WriteReceipt(9, 0))


if __name__ == "__main__":
    unittest.main()
