"""Large projects are compiled by several processes: each lowers shares of the models, and writes the SQL of its views.

A worker is this module, run by the same interpreter and spoken to in pickles over its standard streams: nothing is
forked, so it does not matter which threads are alive, and the caller's own module is not imported again. A worker that
dies costs time and nothing else: what it had been given is done by the process that started it.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import IO, Any, TypeVar

from skewless.codegen.meaning import fingerprints
from skewless.contract.ir import FeatureView
from skewless.frontend.context import Environment as TemplateEnvironment
from skewless.frontend.lower import Frontend, Lowered, frontend_of
from skewless.ground.collector import collect_rarely
from skewless.project.environment import Environment
from skewless.project.model import ProjectFiles
from skewless.tasks.sql import CompiledView, compile_view

_ENOUGH_MODELS = 75
"""For one process. With fewer, it has done them before another one has started."""
_SHARE = 20
"""How many views are asked for at once: few enough that nobody waits long for the last ones."""
_REFERS = re.compile(r"\bref\s*\(")
_ENTRY = "from skewless.tasks.workers import main; main()"

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Share:
    """Some models, lowered, and the fingerprints of some of them."""

    lowered: Lowered
    fingerprints: Mapping[str, str]


class Workers:
    """The processes that help this one. Close it when nothing more is to be compiled."""

    def __init__(self, count: int, files: ProjectFiles, outside: TemplateEnvironment, environment: Environment) -> None:
        self._files, self._outside = files, outside
        sent = replace(outside, environ=environment.unread())
        self._workers = [_Worker(files, sent, environment) for _ in range(count)]
        self._pool = ThreadPoolExecutor(count)

    def lower(self, known: Lowered) -> Share:
        """The whole project, of which some models are known."""
        frontend = frontend_of(self._files, self._outside)
        missing = [model for model in self._files.models if model.name not in known.models]
        alone = [model.name for model in missing if not _REFERS.search(model.text)]
        shares = deque(_cut(alone))
        todo = _Todo(shares, [shares] * len(self._workers))
        done = list(self._spread("lower", todo, lambda names: _lower(frontend, names)))
        lowered = frontend.lower(self._files.models, [known, *(share.lowered for share in done)])
        return Share(lowered, {name: made for share in done for name, made in share.fingerprints.items()})

    def compile(self, names: Sequence[str], views: Mapping[str, FeatureView]) -> Iterator[CompiledView]:
        """The SQL of views that `lower` has yielded, in the order in which they are ready.

        The workers begin at once; this process begins when the first view is asked for.
        """
        held = {name: number for number, worker in enumerate(self._workers) for name in worker.views}
        theirs: list[list[str]] = [[] for _ in self._workers]
        for name in names:
            if name in held:
                theirs[held[name]].append(name)
        own = deque(_cut([name for name in names if name not in held]))
        todo = _Todo(own, [deque(_cut(some)) for some in theirs])
        shares = self._spread(
            "compile", todo, lambda some: [compile_view(views[name], views, self._outside.dialect) for name in some]
        )
        return (view for share in shares for view in share)

    def close(self) -> None:
        """Ends the processes."""
        for worker in self._workers:
            worker.close()
        self._pool.shutdown()

    def _spread(self, verb: str, todo: _Todo, work: Callable[[list[str]], _Answer]) -> Iterator[_Answer]:
        """Every answer, whoever gives it. The workers begin at once."""
        answers: SimpleQueue[_Answer] = SimpleQueue()
        serving = [
            self._pool.submit(worker.serve, verb, own, answers)
            for worker, own in zip(self._workers, todo.theirs, strict=True)
        ]

        def collect() -> Iterator[_Answer]:
            yield from _doing(todo, work, answers)
            for one in serving:
                one.result()
            yield from _doing(todo, work, answers)  # what is left by a worker that died

        return collect()


@dataclass(frozen=True, slots=True)
class _Todo:
    """Names still to be done: by this process, and by each worker. This one takes from the others in the end."""

    own: deque[list[str]]
    theirs: list[deque[list[str]]]

    def take(self) -> list[str] | None:
        for some in (self.own, *self.theirs):
            try:
                return some.pop()
            except IndexError:
                continue
        return None


def _doing(todo: _Todo, work: Callable[[list[str]], _Answer], others: SimpleQueue[_Answer]) -> Iterator[_Answer]:
    """Works while there is something to do; yields what others have done too."""
    while (asked := todo.take()) is not None:
        yield work(asked)
        while not others.empty():
            yield others.get()
    while not others.empty():
        yield others.get()


@dataclass
class _Worker:
    """One process. It is spoken to by one thread at a time."""

    files: ProjectFiles
    outside: TemplateEnvironment
    environment: Environment
    views: set[str] = field(default_factory=set)
    """Those it has lowered."""
    _process: subprocess.Popen[bytes] | None = None
    _is_closed: bool = False

    def serve(self, verb: str, tasks: deque[list[str]], answers: SimpleQueue[Any]) -> None:
        """Has the tasks done while there are any."""
        while True:
            try:
                asked = tasks.popleft()
            except IndexError:
                return
            try:
                answer = self._ask(verb, asked)
            except (OSError, EOFError, pickle.UnpicklingError):
                tasks.append(asked)
                self.close()
                return
            if isinstance(answer, Share):
                self.views.update(answer.lowered.views)
            answers.put(answer)

    def close(self) -> None:
        self._is_closed = True
        self.views.clear()
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _ask(self, verb: str, asked: list[str]) -> Any:
        stdin, stdout = self._streams()
        _send(stdin, (verb, asked))
        answer, memory = pickle.load(stdout)  # noqa: S301 - written by our own process
        self.environment.learn(memory)
        return answer

    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        process = self._process
        if self._is_closed:
            raise BrokenPipeError
        if process is None:
            process = self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this module
                [sys.executable, "-P", "-c", _ENTRY],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
            _send(process.stdin, (self.files, self.outside))
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        return process.stdin, process.stdout


def start_workers(
    files: ProjectFiles, outside: TemplateEnvironment, environment: Environment, threads: int, models: int
) -> Workers | None:
    """As many as there is work for and the machine has processors; `threads` limits them, if it is not 0, and `models`
    are to be compiled."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = min(processors, threads or processors, models // _ENOUGH_MODELS) - 1
    return Workers(count, files, outside, environment) if count > 0 else None


def main() -> None:
    """A worker's life: the project, then tasks until nobody asks for more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one is interrupted too, and ends it
    collect_rarely()
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever a library prints must not stand between the answers
        files, outside = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own process
        frontend = frontend_of(files, outside)
        views: dict[str, FeatureView] = {}
        while True:
            try:
                verb, names = pickle.load(sys.stdin.buffer)  # noqa: S301
            except EOFError:
                return
            answer: Share | list[CompiledView]
            if verb == "lower":
                answer = _lower(frontend, names)
                views |= answer.lowered.views
            else:
                answer = [compile_view(views[name], views, outside.dialect) for name in names]
            _send(answers, (answer, outside.environ.memory))


def _lower(frontend: Frontend, names: Sequence[str]) -> Share:
    models = {model.name: model for model in frontend.files.models}
    lowered = frontend.share([models[name] for name in names])
    return Share(lowered, fingerprints(lowered.views))


def _cut(names: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _SHARE):
        yield list(names[start : start + _SHARE])


def _send(stream: IO[bytes] | None, message: object) -> None:
    if stream is None:
        raise BrokenPipeError
    pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()
