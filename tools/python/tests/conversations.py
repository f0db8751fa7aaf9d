"""Plays the conversations of ``snapshots/conversations`` against a running server.

``python3 -m tests.conversations --server HOST:PORT [--client sync|async] [--only NAME] [DIR]``.
Each that fails is told with the step and the difference; the exit code is 1 then.
"""

import argparse
import asyncio
import json
import pathlib
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

from holdfast import AsyncClient, Client, HoldfastError, Refusal, StockPage
from holdfast.messages import Request, StockList
from tests.patterns import FileError, Variables, at_path, shown
from tests.vocabulary import Json, answer_seen, refusal_seen, request_of, rows_seen

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "snapshots" / "conversations"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
POLL_SECONDS = 0.02
STEP_KEYS = {"call", "arguments", "expect", "capture", "until", "times", "local", "why"}
EXPECT_KEYS = {"outcome", "answer", "refusal"}

Call = Callable[[Request[Any]], Any]


class Failed(Exception):
    """A step whose answer isn't what was expected."""


def play(path: pathlib.Path, call: Call) -> None:
    """Plays one conversation. Raises ``Failed`` with what differs at which step."""
    conversation = json.loads(path.read_text(encoding="utf-8"))
    if set(conversation) != {"title", "steps"}:
        raise FileError(f"{path.name} has the keys {sorted(conversation)}")
    variables = Variables("".join(secrets.choice(LETTERS) for _ in range(5)) + "-")
    for number, step in enumerate(conversation["steps"]):
        try:
            run(step, variables, call)
        except (Failed, FileError, KeyError, HoldfastError) as error:
            text = f"{path.name}, step {number} ({step.get('call')}): {error}"
            raise Failed(text) from error


def run(step: Json, variables: Variables, call: Call) -> None:
    """Runs one step, as often as it says."""
    unknown = (set(step) - STEP_KEYS) | (set(step.get("expect", {})) - EXPECT_KEYS)
    if unknown:
        raise FileError(f"a step knows no {sorted(unknown)}")
    for _ in range(step.get("times", 1)):
        ends_at = time.monotonic() + step.get("until", 0)
        while lines := attempt(step, variables, call):
            if time.monotonic() >= ends_at:
                raise Failed("\n    " + "\n    ".join(lines))
            time.sleep(POLL_SECONDS)


def attempt(step: Json, variables: Variables, call: Call) -> list[str]:
    """Sends a step once. Returns the differences; binds what it captures if there are none."""
    arguments = variables.arguments(step.get("arguments", {}))
    all_pages = arguments.pop("all_pages", False)
    expect = step.get("expect", {})
    outcome, refusal_pattern = expect.get("outcome", "accepted"), expect.get("refusal", {})
    try:
        answer = call(request_of(step["call"], arguments))
        if all_pages:
            answer = with_all_pages(answer, call)
    except Refusal as refusal:
        if refusal.outcome.label != outcome:
            return [f"{outcome} wanted, got {refusal}"]
        return variables.differences(refusal_pattern, refusal_seen(refusal), "refusal")
    except ValueError as error:
        return [] if step.get("local") else [f"the client refused the arguments: {error}"]
    if isinstance(answer, tuple):
        seen = rows_seen(step["call"], answer)
    else:
        seen = answer_seen(answer)
    if outcome != "accepted":
        return [f"{outcome} wanted, but it was accepted: {shown(seen)}"]
    lines = variables.differences(expect.get("answer", {}), seen, "answer")
    if not lines:
        for name, where in step.get("capture", {}).items():
            variables.bind(name, at_path(seen, where))
    return lines


def with_all_pages(page: StockPage, call: Call) -> StockPage:
    """A page of stock with the reports of all that come after it."""
    reports, cursor = page.reports, page.next_cursor
    while cursor is not None:
        page = call(StockList(cursor))
        reports, cursor = reports + page.reports, page.next_cursor
    return StockPage(None, reports)


def play_all(paths: list[pathlib.Path], call: Call) -> int:
    """Plays conversations one after the other and returns how many failed."""
    failures = 0
    for path in paths:
        try:
            play(path, call)
        except Failed as failure:
            failures += 1
            print(f"FAILED {failure}")
    return failures


def with_client(server: str, kind: str, paths: list[pathlib.Path]) -> int:
    """Plays conversations with the synchronous or the asynchronous client."""
    if kind == "sync":
        with Client(server, name="conversations") as client:
            return play_all(paths, client.call)
    with asyncio.Runner() as runner:

        async def make() -> AsyncClient:
            return AsyncClient(server, name="conversations")

        client_async = runner.run(make())
        try:
            return play_all(paths, lambda request: runner.run(client_async.call(request)))
        finally:
            runner.run(client_async.close())


def main() -> int:
    """Reads the command line and plays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, metavar="HOST:PORT")
    parser.add_argument("--client", choices=("sync", "async"), default="sync")
    parser.add_argument("--only", default="", help="part of the names of the files to play")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=FOLDER)
    options = parser.parse_args()
    paths = [path for path in sorted(options.folder.glob("*.json")) if options.only in path.name]
    if not paths:
        print(f"no conversations in {options.folder}")
        return 1
    failures = with_client(options.server, options.client, paths)
    print(f"{len(paths) - failures} of {len(paths)} conversations as expected ({options.client})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
