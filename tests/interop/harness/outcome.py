# SPDX-License-Identifier: MIT
"""What a suite comes to, and how all of it is shown."""
from dataclasses import dataclass, field

OK, FAILED, KNOWN, NOT_TRIED = "ok", "FAILED", "known", "–"


class Skip(Exception):
    """The suite cannot be tried here; the text says why."""


class Failure(Exception):
    """The suite was tried and something is wrong; the text says what. `cells` as in Outcome."""

    def __init__(self, reason, cells=None):
        super().__init__(reason)
        self.cells = cells or {}


@dataclass
class Outcome:
    """A suite that passed: what there is to say, and its cells in a table as {row: text}."""
    detail: str = ""
    cells: dict = field(default_factory=dict)


@dataclass
class Suite:
    """`run` returns an Outcome or raises Skip or Failure. `table` and `column` say where its cells go."""
    name: str
    run: object
    ci: bool = True
    table: str = ""
    column: str = ""


def table_text(title, columns, cells):
    """The table as lines; cells is {(row, column): text}, rows in the order of their first mention."""
    rows = list(dict.fromkeys(row for row, _ in cells))
    first = max(len(text) for text in [title, *rows])
    widths = {c: max(len(c), *(len(cells.get((r, c), NOT_TRIED)) for r in rows)) for c in columns}
    lines = ["  ".join([title.ljust(first), *(c.ljust(widths[c]) for c in columns)]).rstrip()]
    for row in rows:
        lines.append("  ".join([row.ljust(first), *(cells.get((row, c), NOT_TRIED).ljust(widths[c])
                                                    for c in columns)]).rstrip())
    return lines
