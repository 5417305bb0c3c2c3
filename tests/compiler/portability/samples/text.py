"""What is written out in the calls by which the functions of texts are proven."""

from __future__ import annotations

import itertools

from portability.samples.sample import Samples


def _all(*choices: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(itertools.product(*choices))


def _each(*texts: str) -> list[tuple[str, ...]]:
    return [(text,) for text in texts]


_COUNTS = ("0", "1", "2", "3", "7", "-1", "-2", "100", "2147483647", "-2147483647")
_LENGTHS = ("0", "1", "2", "4", "-1", "100")
_FILLED = ("' '", "'0'", "'ab'", "'é'", "'😀x'", "''")
_DELIMITERS = ("','", "'a'", "'ab'", "'.'", "'|'", "'$'", "'('", "'['", "'\\'", "'\\E'", "' '", "'é'", "'😀'", "''")
_LIKE = (
    "''", "'%'", "'a%'", "'%a'", "'%b%'", "'_'", "'a_c'", "'__'", "'100%'", "'%\\%'", "'\\'", "'a\\b'", "'%''%'",
    "'h_llo'", "'H%'", "'%SS%'", "'😀_'", "'%\n%'", "'[y]'", "'%.%'", "'ǆ'", "'%Σ'",
)  # fmt: skip
_ESCAPED = ("'100!%'", "'%!_%'", "'x!%y!_z'", "'!!'", "'%!!%'", "'a!b'", "'!'", "'%'")
_PATTERNS = (
    "''", "'a'", "'^a'", "'c$'", "'^abc$'", "'^$'", "'b|c'", "'^a|c$'", "'(a)(b)?'", "'(?:ab)+c'", "'a+'", "'a*'",
    "'a{2}'", "'a{2,}'", "'a{1,2}'", "'a+?'", "'.'", "'..'", "'a.b'", "'[abc]+'", "'[^a-c]'", "'[a-z0-9]+'", "'[é]'",
    "'é'", "'日.'", "'😀'", "'\\d+'", "'\\D'", "'\\w+'", "'\\W+'", "'\\s'", "'\\S+'", "'\\.'", "'\\$1'", "'\\(x\\)'",
    "'\\t'", "'\\n'", "'\\\\'", "'[0-9]+[.][0-9]'", "'([a-z]+)([0-9]+)'", "'(foo|bar)([0-9]*)'", "'(a)|(b)'",
    "'x%'", "'[-+]?[0-9]+'", "'ß'", "'ẞ|S'", "'\"'", "'^\\s+'", "'[ ,]'", "'(\\w)(\\w)'",
)  # fmt: skip
_REPLACEMENTS = ("''", "'x'", "'<\\0>'", "'\\1\\1'", "'\\2-\\1'", "'$1'", "'a$'", "'\\\\'", "'é😀'")

SAMPLES: Samples = {
    "substring(VARCHAR, INTEGER, INTEGER)": _all(_COUNTS, _COUNTS),
    "substring(VARCHAR, INTEGER)": _each(*_COUNTS),
    "lpad": _all(_LENGTHS, _FILLED),
    "rpad": _all(_LENGTHS, _FILLED),
    "repeat": _each(*_LENGTHS),
    "translate": [("'abc'", "'xyz'"), ("'abc'", "'x'"), ("'é😀'", "'e'"), ("''", "''"), ("'aa'", "'xy'"),
                  ("' ,'", "''"), ("'a'", "'xyz'"), ("'ABC'", "'abc'")],
    "split_part": _all(_DELIMITERS, ("1", "2", "3", "-1", "-2", "0", "100")),
    "string_split": _each(*_DELIMITERS),
    "like_escape": _each(*_LIKE, *_ESCAPED),
    "ilike_escape": _each(*_LIKE, *_ESCAPED),
    "regexp_matches": _each(*_PATTERNS),
    "regexp_full_match": _each(*_PATTERNS),
    "regexp_extract": _all(_PATTERNS, ("0", "1", "2", "3")),
    "regexp_extract_all": _all(_PATTERNS, ("0", "1", "2", "3")),
    "regexp_replace": _all(_PATTERNS, _REPLACEMENTS),
}  # fmt: skip
