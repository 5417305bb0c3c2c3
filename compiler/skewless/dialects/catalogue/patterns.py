"""The syntax of regular expressions that RE2 (DuckDB) and Java (Spark) read alike, once a few signs are respelled."""

from __future__ import annotations

from dataclasses import dataclass


class NotPortable(ValueError):
    """Says what of a pattern is not portable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What there is to know of a portable pattern before it is used."""

    groups: int
    may_be_empty: bool
    """Whether it matches the empty text."""
    is_lazy: bool
    has_choice: bool
    has_empty_choice: bool
    """Whether nothing is one of the choices, as in `a|`."""
    is_group_optional: bool
    """Whether a group may be in no match."""


def read(text: str) -> Pattern:
    """Raises NotPortable."""
    reader = _Reader(text)
    may_be_empty = reader.choice(0)
    return Pattern(
        groups=reader.groups, may_be_empty=may_be_empty, is_lazy=reader.is_lazy, has_choice=reader.has_choice,
        has_empty_choice=reader.has_empty_choice, is_group_optional=reader.is_group_optional,
    )  # fmt: skip


def portable_pattern(text: str) -> str | None:
    """Why a regular expression does not mean the same everywhere; None if it does."""
    try:
        read(text)
    except NotPortable as error:
        return str(error)
    return None


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right; each method takes one construct and says whether the empty text matches."""

    text: str
    place: int = 0
    groups: int = 0
    is_lazy: bool = False
    has_choice: bool = False
    has_empty_choice: bool = False
    is_group_optional: bool = False

    def choice(self, depth: int) -> bool:
        starts = [self.place]
        is_empty = self.sequence(depth)
        while self.at("|"):
            self.has_choice = True
            starts.append(self.place + 1)
            self.place += 1
            is_empty = self.sequence(depth) or is_empty
        ends = [*(start - 1 for start in starts[1:]), self.place]
        if len(starts) > 1 and any(start == end for start, end in zip(starts, ends, strict=True)):
            self.has_empty_choice = True
        return is_empty

    def sequence(self, depth: int) -> bool:
        is_empty = True
        while self.place < len(self.text) and not self.at("|"):
            if self.at(")"):
                if depth == 0:
                    raise NotPortable("a ')' without its '('")
                break
            is_empty = self.repeated(depth) and is_empty
        return is_empty

    def repeated(self, depth: int) -> bool:
        first = self.place
        is_empty = self.one(depth)
        least = self.least()
        if least is None:
            return is_empty
        unit = self.text[first]
        if unit in "^$":
            raise NotPortable("an anchor that is repeated")
        if unit == "(":
            self.is_group_optional = self.is_group_optional or least == 0
            if is_empty:
                raise NotPortable("a repeated group that may be empty")
        if self.at("?"):
            self.is_lazy = True
            self.place += 1
        if self.place < len(self.text) and self.text[self.place] in "*+?{":
            raise NotPortable("a repetition of a repetition")
        return is_empty or least == 0

    def least(self) -> int | None:
        """How often the construct before must occur; None if it is not repeated."""
        if self.place >= len(self.text) or self.text[self.place] not in "*+?{":
            return None
        sign = self.text[self.place]
        if sign != "{":
            self.place += 1
            return int(sign == "+")
        end = self.text.find("}", self.place)
        low, _, high = self.text[self.place + 1 : end].partition(",") if end > 0 else ("", "", "")
        numbers = [low, high] if high else [low]
        if numbers == ["0"] or not all(one.isdecimal() and one.isascii() and int(one) <= 100 for one in numbers):
            raise NotPortable("a '{' that is no repetition of at most 100 times")
        if high and int(high) < max(int(low), 1):
            raise NotPortable("a repetition that ends before it starts")
        self.place = end + 1
        return int(low)

    def one(self, depth: int) -> bool:
        sign = self.text[self.place]
        if sign == "(":
            return self.group(depth)
        if sign == "[":
            self.set_of_characters()
            return False
        if sign == "\\":
            self.escape()
            return False
        if sign in "*+?{}]":
            raise NotPortable(f"a '{sign}' that repeats or closes nothing")
        if sign == "\0":
            raise NotPortable("the character 0")
        self.place += 1
        return sign in "^$"

    def group(self, depth: int) -> bool:
        self.place += 1
        if self.at("?"):
            if self.text[self.place : self.place + 2] != "?:":
                raise NotPortable("a group with flags, a name or a look-around")
            self.place += 2
        else:
            self.groups += 1
        is_empty = self.choice(depth + 1)
        if not self.at(")"):
            raise NotPortable("a '(' without its ')'")
        self.place += 1
        return is_empty

    def set_of_characters(self) -> None:
        end = self.text.find("]", self.place)
        inside = self.text[self.place + 1 : end].removeprefix("^")
        if end < 0 or not inside:
            raise NotPortable("a '[' without its ']', or with nothing in between")
        if any(sign in inside for sign in "\\[^$&~\0"):
            raise NotPortable("one of \\ [ ^ $ & ~ in square brackets (write 0-9 for \\d there)")
        if "(?:" in inside:
            raise NotPortable("'(?:' in square brackets (write [?:(])")
        _check_ranges(inside)
        self.place = end + 1

    def escape(self) -> None:
        sign = self.text[self.place + 1 : self.place + 2]
        if not sign or sign not in "dDwWsStnrf.*+?()[]{}|^$":
            raise NotPortable(f"'\\{sign}'")
        if self.text[self.place :].startswith("\\(?:"):
            raise NotPortable("'\\(?:' (write [(]?:)")
        self.place += 2

    def at(self, sign: str) -> bool:
        return self.text.startswith(sign, self.place)


def _check_ranges(inside: str) -> None:
    place = 0
    while place < len(inside):
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            if inside[place] > inside[place + 2] or "-" in (inside[place], inside[place + 2]):
                raise NotPortable(f"the range '{inside[place : place + 3]}'")
            place += 3
        elif inside[place] == "-" and 0 < place < len(inside) - 1:
            raise NotPortable("a '-' within square brackets that is neither first nor last")
        else:
            place += 1
