"""One line at the foot of a terminal that says what is going on, and for how long."""

from __future__ import annotations


class LiveLine:
    """Drawn by rich on stderr; gone when it is hidden."""

    def __init__(self, *, colours: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        counted = (BarColumn(bar_width=24), MofNCompleteColumn())
        console = Console(stderr=True, no_color=not colours)
        self._plain = Progress(*columns, console=console, transient=True)
        self._counted = Progress(*columns, *counted, console=console, transient=True)
        self._shown: Progress | None = None

    def show(self, what: str, number: int, total: int) -> None:
        """`number` of `total` is what is being worked on; a total of 0 counts nothing."""
        self.hide()
        self._shown = self._counted if total > 1 else self._plain
        for task in self._shown.task_ids:
            self._shown.remove_task(task)
        self._shown.add_task(what, total=total or None, completed=max(number - 1, 0))
        self._shown.start()

    def say(self, what: str) -> bool:
        """Other words on the line, if one is shown."""
        if self._shown is None:
            return False
        for task in self._shown.task_ids:
            self._shown.update(task, description=what)
        return True

    def hide(self) -> None:
        if self._shown is not None:
            self._shown.stop()
            self._shown = None
