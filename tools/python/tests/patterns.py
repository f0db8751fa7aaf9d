"""Variables and patterns of conversations: what may stand for a value, and what matches one."""

import re
from typing import Any

from holdfast import new_id
from tests.vocabulary import ID_ARGUMENTS, Json

VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*\Z")
COMPARISONS = {
    "$above": lambda actual, wanted: actual > wanted,
    "$at_least": lambda actual, wanted: actual >= wanted,
    "$below": lambda actual, wanted: actual < wanted,
    "$at_most": lambda actual, wanted: actual <= wanted,
}


class FileError(Exception):
    """A conversation that breaks the format."""


class Variables:
    """The prefix of one playing of a conversation, and what its variables are bound to."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._values: Json = {}

    def bind(self, name: str, value: Any) -> None:
        """Binds a variable, named without its `$`."""
        self._values[f"${name}"] = value

    def arguments(self, value: Any, name: str = "") -> Any:
        """A value of a step's arguments with all that stands for something else put in."""
        if isinstance(value, dict) and set(value) != {"$sum"}:
            return {key: self.arguments(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.arguments(inner) for inner in value]
        is_variable = isinstance(value, str) and VARIABLE.match(value)
        if is_variable and name in ID_ARGUMENTS and value not in self._values:
            self._values[value] = new_id()
        return self.plain(value)

    def plain(self, value: Any) -> Any:
        """What a string, number, variable or sum stands for."""
        if isinstance(value, dict):
            return sum(self.plain(part) for part in value["$sum"])
        if not isinstance(value, str):
            return value
        if VARIABLE.match(value):
            if value not in self._values:
                raise FileError(f"{value} isn't bound")
            return self._values[value]
        if value.startswith("$"):
            raise FileError(f"{value} isn't a variable")
        return value.replace("~", self._prefix)

    def differences(self, pattern: Any, actual: Any, path: str) -> list[str]:
        """Where a value doesn't match a pattern, as lines for people; empty if it matches."""
        if isinstance(pattern, dict):
            keys = [key for key in pattern if key.startswith("$")]
            if keys and len(pattern) != 1:
                raise FileError(f"{path}: {keys[0]} stands with other keys")
            if keys and keys[0] != "$sum":
                return self._tested(keys[0], pattern[keys[0]], actual, path)
            if not keys:
                return self._object_differences(pattern, actual, path)
        if isinstance(pattern, list):
            if not isinstance(actual, list) or len(actual) != len(pattern):
                return [f"{path}: {len(pattern)} elements wanted, got {shown(actual)}"]
            return [
                line
                for index, inner in enumerate(pattern)
                for line in self.differences(inner, actual[index], f"{path}.{index}")
            ]
        wanted = self.plain(pattern)
        if wanted == actual and isinstance(wanted, bool) == isinstance(actual, bool):
            return []
        return [f"{path}: {shown(wanted)} wanted, got {shown(actual)}"]

    def _object_differences(self, pattern: Json, actual: Any, path: str) -> list[str]:
        if not isinstance(actual, dict):
            return [f"{path}: an object wanted, got {shown(actual)}"]
        lines = []
        for key, inner in pattern.items():
            if key not in actual:
                raise FileError(f"{path}.{key}: an answer has no such field")
            lines += self.differences(inner, actual[key], f"{path}.{key}")
        return lines

    def _tested(self, test: str, inner: Any, actual: Any, path: str) -> list[str]:
        if test in COMPARISONS:
            wanted = self.plain(inner)
            if isinstance(actual, int) and COMPARISONS[test](actual, wanted):
                return []
            return [f"{path}: {test[1:]} {shown(wanted)} wanted, got {shown(actual)}"]
        if test == "$length":
            if isinstance(actual, list) and len(actual) == inner:
                return []
            return [f"{path}: {inner} elements wanted, got {shown(actual)}"]
        if test == "$in_any_order":
            is_as_long = isinstance(actual, list) and len(actual) == len(inner)
            if is_as_long and self._is_matched(inner, actual, path):
                return []
            return [f"{path}: in any order {shown(inner)} wanted, got {shown(actual)}"]
        if test == "$not":
            if self.differences(inner, actual, path):
                return []
            return [f"{path}: anything but {shown(inner)} wanted"]
        if test != "$contains":
            raise FileError(f"{path}: {test} isn't known")
        if isinstance(actual, list) and any(
            not self.differences(inner, element, path) for element in actual
        ):
            return []
        return [f"{path}: no element matches {shown(inner)}, got {shown(actual)}"]

    def _is_matched(self, patterns: list[Any], actual: list[Any], path: str) -> bool:
        """Whether each pattern matches another element."""
        if not patterns:
            return True
        return any(
            self._is_matched(patterns[1:], actual[:index] + actual[index + 1 :], path)
            for index, element in enumerate(actual)
            if not self.differences(patterns[0], element, path)
        )


def shown(value: Any) -> str:
    """A value for people, cut where it is long."""
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 400 else text[:400] + " …"


def at_path(answer: Any, path: str) -> Any:
    """What a path of keys and indices leads to."""
    for key in path.split("."):
        answer = answer[int(key)] if isinstance(answer, list) else answer[key]
    return answer
