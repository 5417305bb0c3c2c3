"""Regular expressions: which are read alike by RE2 and Java, and that they are."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portability.both import Both, lowered
from skewless.dialects.catalogue.patterns import portable_pattern, read
from skewless.dialects.lowering.core import Unportable

PORTABLE = (
    "", "a", "^a$", "a|b", "(a)(?:b)", "a+?b*", "a{2,3}", "[a-z_]+", "[^,]", "[-a]", "[a-]", r"\d\D\w\W\s\S", r"\.\$\|",
    "^", "$", "(a|b)+", "é😀", "a{1}", "x{0,1}", "()", "(|a)", " ",
)  # fmt: skip
REFUSED = {
    "(?i)a": "a group with flags, a name or a look-around",
    "(?=a)": "a group with flags, a name or a look-around",
    "(?P<x>a)": "a group with flags, a name or a look-around",
    r"\bword\b": r"'\b'",
    r"\p{L}": r"'\p'",
    r"(a)\1": r"'\1'",
    r"\x41": r"'\x'",
    r"\Aa\z": r"'\A'",
    r"\\": r"'\\'",
    "\\": "'\\'",
    r"\(?:a": "'\\(?:' (write [(]?:)",
    "[(?:]": "'(?:' in square brackets (write [?:(])",
    "a**": "a repetition of a repetition",
    "a++": "a repetition of a repetition",
    "^*": "an anchor that is repeated",
    "(a*)*": "a repeated group that may be empty",
    "(a": "a '(' without its ')'",
    "a)": "a ')' without its '('",
    "*a": "a '*' that repeats or closes nothing",
    "a]": "a ']' that repeats or closes nothing",
    "a{,2}": "a '{' that is no repetition of at most 100 times",
    "a{0}": "a '{' that is no repetition of at most 100 times",
    "a{1000}": "a '{' that is no repetition of at most 100 times",
    "a{3,2}": "a repetition that ends before it starts",
    "[": "a '[' without its ']', or with nothing in between",
    "[]a]": "a '[' without its ']', or with nothing in between",
    "[[:alpha:]]": "one of \\ [ ^ $ & ~ in square brackets (write 0-9 for \\d there)",
    "[a&&b]": "one of \\ [ ^ $ & ~ in square brackets (write 0-9 for \\d there)",
    r"[\d]": "one of \\ [ ^ $ & ~ in square brackets (write 0-9 for \\d there)",
    "[z-a]": "the range 'z-a'",
    "[a-b-c]": "a '-' within square brackets that is neither first nor last",
    "\0": "the character 0",
}
_TOGETHER = 40
_LETTERS = "ab1_é \n"


@pytest.mark.parametrize("pattern", PORTABLE)
def test_portable(pattern: str) -> None:
    assert portable_pattern(pattern) is None


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused_with_a_reason(pattern: str) -> None:
    assert portable_pattern(pattern) == REFUSED[pattern]


def test_what_is_known_of_a_pattern() -> None:
    pattern = read("(a)(?:b|(c))?d*?")
    assert (pattern.groups, pattern.may_be_empty, pattern.is_lazy) == (2, False, True)
    assert (pattern.has_choice, pattern.is_group_optional) == (True, True)
    assert read("a*|b").may_be_empty


def _patterns() -> st.SearchStrategy[str]:
    ones = st.sampled_from(
        [*"ab1_é .^$", "[ab]", "[^a]", "[0-9é]", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\n", r"\.", r"\$"]
    )
    times = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?", "+?", "??"])
    return st.recursive(
        st.builds(str.__add__, ones, times),
        lambda inner: st.one_of(
            st.builds(str.__add__, inner, inner),
            st.builds("{}|{}".format, inner, inner),
            st.builds("({}){}".format, inner, times),
            st.builds("(?:{}){}".format, inner, times),
        ),
        max_leaves=6,
    )


_CALLS = (
    "regexp_matches('{text}', '{pattern}')", "regexp_full_match('{text}', '{pattern}')",
    "regexp_extract('{text}', '{pattern}')", "regexp_extract('{text}', '{pattern}', 1)",
    "regexp_extract('{text}', '{pattern}', 2)", "regexp_extract_all('{text}', '{pattern}')",
    "regexp_extract_all('{text}', '{pattern}', 1)", "regexp_replace('{text}', '{pattern}', '<>')",
    "regexp_replace('{text}', '{pattern}', '<\\1\\0$>', 'g')",
)  # fmt: skip


@settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(
            lambda call, text, pattern: call.format(text=text, pattern=pattern),
            st.sampled_from(_CALLS), st.text(_LETTERS, max_size=6), _patterns(),
        ),
        min_size=_TOGETHER, max_size=_TOGETHER,
    )
)  # fmt: skip
def test_java_finds_what_re2_finds(both: Both, texts: list[str]) -> None:
    written = []
    for text in texts:
        try:
            written.append(lowered(text, {})[:2])
        except Unportable:
            continue
    assert both.differences(("BOOLEAN",), written, refusals=0) == []
