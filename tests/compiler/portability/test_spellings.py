"""What is written with operators and keywords, or by another name: sqlglot reads each in its own way."""

from __future__ import annotations

import pytest

from portability.both import Both, lowered
from portability.conformance import typed
from skewless.dialects.lowering.core import Unportable

SPELLED = {
    ("VARCHAR", "VARCHAR"): (
        "c1 LIKE c2", "c1 NOT LIKE c2", "NOT c1 LIKE c2", "c1 ~~ c2", "c1 !~~ c2", "c1 ILIKE c2", "c1 NOT ILIKE c2",
        "c1 ~~* c2", "c1 !~~* c2", "c1 || c2 || 'x'", "c1 || $$y'z$$", "concat(c1, NULL, c2)", "c1 ^@ c2",
        "prefix(c1, c2)", "suffix(c1, c2)", "position(c2 IN c1)", "instr(c1, c2)", "trim(BOTH c2 FROM c1)",
        "trim(LEADING c2 FROM c1)", "trim(TRAILING FROM c1)", "str_split(c1, c2)", "split(c1, c2)", "editdist3(c1, c2)",
        "[c1, c2][2]", "list_value(c1, c2)", "[c1] || [c2, NULL]", "concat([c1], [c2])", "c1 IN [c2, 'a']",
        "[c1, 'a'] @> [c2]", "[c2] <@ [c1, 'a']", "[c1] && [c2]", "concat_ws('-', c1, c2)", "concat_ws(c1, c2, 'x')",
    ),
    ("VARCHAR",): (
        "c1 LIKE '%!%' ESCAPE '!'", "c1 NOT LIKE '1!%' ESCAPE '!'", "c1 ILIKE 'A!_' ESCAPE '!'",
        "c1 NOT ILIKE '%!_%' ESCAPE '!'", "c1 ~ '^a'", "c1 !~ 'b$'", "regexp_matches(c1, 'a')", "c1[1]", "c1[0]", "c1[-1]",
        "c1[2:3]", "c1[0:2]", "c1[:2]", "c1[2:]", "c1[3:1]", "substring(c1 FROM 2 FOR 2)", "substring(c1 FOR 2)",
        "substr(c1, -3, 2)", "substring(c1, 4294967295)", "substring(c1, -4294967295, 4294967294)", "left(c1, -4294967297)",
        "right(c1, 4294967297)", "left(c1, 4294967295)", "substring(c1, 2, -4294967295)", "len(c1)", "char_length(c1)",
        "ord(c1)", "ucase(c1)", "lcase(c1)", "sha256(c1)", "[c1, NULL, 'b'][1 + 1]", "list_sort([c1, 'b'], 'DESC')",
        "array_sort([c1, NULL])", "regexp_extract(c1, '([a-z]+)([0-9]+)')", "concat(c1, 1, true)", "c1 || 7",
    ),
    ("INTEGER", "VARCHAR[]"): (
        "c2[c1]", "c2[1]", "c2[-1]", "c2[0]", "c2[c1 + 1]", "c2[2 - 1]", "list_extract(c2, c1)", "array_extract(c2, 2)",
        "len(c2)", "array_length(c2)", "list_has(c2, 'a')", "array_contains(c2, 'b')", "array_position(c2, 'a')",
        "list_indexof(c2, NULL)", "array_append(c2, 'z')", "array_push_back(c2, 'z')", "array_prepend('z', c2)",
        "array_cat(c2, ['q'])", "array_reverse(c2)", "list_reverse_sort(c2)", "array_has_any(c2, ['a'])",
    ),
    ("JSON",): (
        "c1 -> 'n' ->> 'b'", "c1 ->> 'a'", "json_extract_string(c1, 'a')", "json_extract_path_text(c1, '$.a')",
        "(c1 ->> '$.a') || 'x'",
    ),
}  # fmt: skip
REFUSED = (
    "c1 SIMILAR TO 'a'", "c1 GLOB 'a*'", "c1 ~* 'a'", "regexp_matches(c1, 'a', 'i')", "regexp_matches(c1, c1)",
    "regexp_extract(c1, '(a)', 1, 'i')", "regexp_replace(c1, 'a', 'b', 'gi')", "regexp_split_to_array(c1, ',')",
    "c1 LIKE 'a!b' ESCAPE '!'", "c1 LIKE 'a' ESCAPE ''", "c1 COLLATE nocase", "repeat(c1, length(c1))", "lpad(c1, 20000, '0')", "initcap(c1)",
    "hash(c1)", "format('{}', c1)", "printf('%s', c1)", "jaccard(c1, c1)", "hamming(c1, c1)", "reverse(c1)",
    "damerau_levenshtein(c1, c1)", "jaro_similarity(c1, c1)", "strip_accents(c1)", "c1[1:-1]", "c1[-2:]", "c2[1:2]",
    "list_sort(c2, 'ASC', 'NULLS FIRST')", "list_distinct(c2)", "list_unique(c2)", "list_avg([1, 2])",
    "list_aggregate(c2, 'min')", "list_filter(c2, lambda x: x > 'a')", "[x || 'a' for x in c2]", "array_length(c2, 1)",
    "c1 -> '$.a'", "c1 ->> '$.a[*]'", "c1 ->> '$.a[#-1]'", "c1 ->> '/a'", "c1 ->> c1", "json_valid(c1)",
    "json_array_length(c1)", "c1::json", "json_type(c1)", "c2 = c2", "c1 || c2", "concat(c1, 1e0)", "[]",
    "e'a\\n'", "list_slice(c2, 1, 2)", "overlay(c1 PLACING 'x' FROM 1)", "to_base(1, 2)", "sha1(c1)", "c1 -> 'a' ->> c1",
)  # fmt: skip


@pytest.mark.parametrize("kinds", SPELLED, ids=",".join)
def test_each_spelling_is_the_same(both: Both, kinds: tuple[str, ...]) -> None:
    written = [lowered(text, typed(kinds))[:2] for text in SPELLED[kinds]]
    assert both.differences(kinds, written) == []


@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Unportable) as caught:
        lowered(text, typed(["VARCHAR", "VARCHAR[]"]))
    assert caught.value.reason
    assert caught.value.rewrite
