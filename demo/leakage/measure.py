"""One model trained on two joins of the same flights, and scored on what is really served: run by `make leakage`.

Writes what it measured into docs/leakage.md, its plot, and what catches the naive join.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
from caught import write_caught
from joins import FEATURES, ROOT, flights, naive, point_in_time, served
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score, roc_curve

_TRAINED_ON, _SCORED_ON = range(1, 9), range(9, 13)
_PAGE, _PLOT = ROOT / "docs/leakage.md", ROOT / "docs/leakage.svg"
_MEASURED = re.compile(r"^\| features of the training set .*?^Scored on [^\n]*", re.MULTILINE | re.DOTALL)
"""What the page says was measured."""


@dataclass(frozen=True, slots=True)
class Score:
    """One model. Offline its features come from the join that it was trained on, online from the server."""

    join: str
    labels: np.ndarray
    offline: np.ndarray
    online: np.ndarray

    @property
    def offline_auc(self) -> float:
        return float(roc_auc_score(self.labels, self.offline))

    @property
    def online_auc(self) -> float:
        return float(roc_auc_score(self.labels, self.online))


def measure(count: int) -> list[Score]:
    """Both models, scored on so many flights of the later months."""
    past, later = flights(_TRAINED_ON), flights(_SCORED_ON, count)
    online = _matrix(served(later))
    scores = []
    for name, join in (("by event dates", naive), ("point in time", point_in_time)):
        model = HistGradientBoostingClassifier(random_state=0).fit(_matrix(join(past)), _labels(past))
        offline = model.predict_proba(_matrix(join(later)))[:, 1]
        scores.append(Score(name, _labels(later), offline, model.predict_proba(online)[:, 1]))
    return scores


def _matrix(table: pa.Table) -> np.ndarray:
    """A row for each flight; NULL is NaN, which the model takes for missing."""
    return np.column_stack([table.column(name).cast("float64").to_numpy() for name in FEATURES])


def _labels(spine: pa.Table) -> np.ndarray:
    return np.asarray(spine.column("late").to_pylist(), dtype=bool)


def _written(scores: Sequence[Score]) -> str:
    rows = [
        f"| {one.join} | {one.offline_auc:.3f} | {one.online_auc:.3f} | {one.offline_auc - one.online_auc:+.3f} |"
        for one in scores
    ]
    count = len(scores[0].labels)
    return "\n".join(
        [
            "| features of the training set | offline AUC | online AUC | gap |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Scored on {count:,} flights of September to December, of which {scores[0].labels.mean():.1%} were late.",
        ]
    )


def _draw(scores: Sequence[Score], path: Path) -> None:
    mpl.rcParams["svg.hashsalt"] = "skewless"
    figure, axes = plt.subplots(1, len(scores), figsize=(9, 4.2), sharey=True)
    for axis, one in zip(axes, scores, strict=True):
        for label, values, style in (("offline", one.offline, "--"), ("online", one.online, "-")):
            false, true, _ = roc_curve(one.labels, values)
            axis.plot(false, true, style, label=f"{label}: AUC {roc_auc_score(one.labels, values):.3f}")
        axis.plot([0, 1], [0, 1], color="0.8", linewidth=1)
        axis.set(title=f"trained on a join {one.join}", xlabel="punctual flights taken for late", aspect="equal")
        axis.legend(loc="lower right")
    axes[0].set_ylabel("late flights found")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flights", type=int, default=4_000, help="how many are served and scored")
    parser.add_argument("--dry", action="store_true", help="leave the page as it is")
    arguments = parser.parse_args()
    scores = measure(arguments.flights)
    text = _written(scores)
    print(text)
    if not arguments.dry:
        page = _PAGE.read_text(encoding="utf-8")
        written, places = _MEASURED.subn(text, page)
        if places != 1:
            raise SystemExit(f"{_PAGE} has {places} places for what was measured")
        _PAGE.write_text(written, encoding="utf-8")
        _draw(scores, _PLOT)
        write_caught(_PAGE)


if __name__ == "__main__":
    main()
