"""What each client process does: reads one JSON object a line, does it, and answers with one line of JSON.

Standard library only, for it runs in ours and in Feast's interpreter alike. So a parent can measure a little here and a
little there in turn, and drifts of the machine meet all alike.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

_WARM_UP = 5
"""Calls before those that count: the caches of the processor were another process's."""


def do_as_told(actions: Mapping[str, Callable[..., Any]]) -> None:
    """Until standard input ends: `{"do": NAME, ...}`, the rest being the action's arguments."""
    sys.stdout = sys.stderr  # what libraries print is no answer
    for line in sys.stdin:
        told = json.loads(line)
        print(json.dumps(actions[told.pop("do")](**told)), file=sys.__stdout__, flush=True)


def nanoseconds(call: Callable[[Any], Any], given: Sequence[Any], times: int) -> list[int]:
    """What each call takes, with each of what is given in turn."""
    found, clock = [], time.perf_counter_ns
    for number, one in enumerate(islice(cycle(given), _WARM_UP + times)):
        begun = clock()
        call(one)
        took = clock() - begun
        if number >= _WARM_UP:
            found.append(took)
    return found
