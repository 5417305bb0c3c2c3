"""A difference as text for a terminal, Markdown for a pull request, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skewless.diff.result import Change, Difference, FeatureValues, Kind


def as_text(found: Difference) -> str:
    """What changes, the gravest first; what does not is counted."""
    return "\n".join(_lines(found))


def as_markdown(found: Difference) -> str:
    """A table of what changes, and the reasons below it."""
    changed = _changed(found)
    lines = [f"### Features: {found.kind.words}", "", f"Compared with {found.against}. {_counted(found)}"]
    if changed:
        lines += ["", "| | what | change | why |", "|---|---|---|---|"]
        lines += [
            f"| {one.resource} | `{one.name}` | {one.kind.words} | {'<br>'.join(map(_cell, one.reasons))} |"
            for one in changed
        ]
    valued = [one for one in changed if one.values or one.values_note]
    if valued:
        lines += ["", "| feature | rows | other values | PSI |", "|---|---|---|---|"]
        for one in valued:
            lines += [
                f"| `{one.name}.{value.name}` | {value.rows:,} | {_share(value)} | {_psi(value)} |"
                for value in one.values
            ]
            if one.values_note:
                lines.append(f"| `{one.name}` | | {_cell(one.values_note)} | |")
    below = [(name, reading) for name, reading in found.touched.items() if reading]
    if below:
        lines += ["", *(f"- `{name}` is read by {', '.join(reading)}" for name, reading in below)]
    return "\n".join(lines)


def as_object(found: Difference) -> dict[str, Any]:
    return {
        "against": found.against,
        "kind": found.kind.words,
        "changes": [
            {
                "name": one.name,
                "resource": one.resource,
                "kind": one.kind.words,
                "reasons": list(one.reasons),
                "features": list(one.features),
                "before": one.before,
                "now": one.now,
                "read_by": list(found.touched.get(one.name, ())) if one.resource == "view" else [],
                "values": [
                    {"feature": value.name, "rows": value.rows, "differ": value.differ, "psi": value.psi}
                    for value in one.values
                ],
                "values_note": one.values_note or None,
            }
            for one in found.changes
        ],
    }


def _lines(found: Difference) -> Iterator[str]:
    for one in _changed(found):
        yield f"{one.resource} {one.name}: {one.kind.words}"
        for reason in one.reasons:
            yield f"    {reason}"
        if one.resource == "view" and (reading := found.touched.get(one.name)):
            yield f"    read by {', '.join(reading)}"
        if one.values:
            yield f"    {one.values[0].rows:,} sampled moments, evaluated both ways:"
            width = max(len(value.name) for value in one.values)
            for value in one.values:
                yield f"      {value.name:<{width}}  {_share(value)} differ, PSI {_psi(value)}"
        if one.values_note:
            yield f"    values are not compared: {one.values_note}"
    yield _counted(found)


def _changed(found: Difference) -> list[Change]:
    return sorted((one for one in found.changes if one.kind), key=lambda one: (-one.kind, one.resource != "view"))


def _counted(found: Difference) -> str:
    counts = {kind: sum(one.kind is kind for one in found.changes) for kind in reversed(Kind)}
    return ", ".join(f"{count} {kind.words}" for kind, count in counts.items() if count) or "nothing to compare"


def _share(value: FeatureValues) -> str:
    share = value.differ / value.rows if value.rows else 0.0
    return f"{value.differ:,} ({share:.1%})"


def _psi(value: FeatureValues) -> str:
    return "none" if value.psi is None else f"{value.psi:.3f}"


def _cell(text: str) -> str:
    """One line of a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")
