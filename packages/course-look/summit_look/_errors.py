"""Under an error, the line of the learner's own code that it is about."""

import linecache
from types import TracebackType
from typing import Any


def own_line(tb: TracebackType | None, names: dict[str, Any]) -> str:
    """The innermost line that stands in a cell, whose names are `names`; empty if none does."""
    found = ""
    while tb is not None:
        frame = tb.tb_frame
        if frame.f_globals is names:
            code = linecache.getline(frame.f_code.co_filename, tb.tb_lineno).strip()
            if code:
                found = f"In line {tb.tb_lineno} of the cell: {code}"
        tb = tb.tb_next
    return found


def show_own_lines(ipython: Any) -> None:
    """Let each error but an assertion's, whose sentence says all, name its line."""
    formatter = ipython.InteractiveTB
    plain = formatter.structured_traceback

    def structured_traceback(
        etype: type[BaseException],
        evalue: BaseException | None,
        etb: TracebackType | None = None,
        *arguments: Any,
        **options: Any,
    ) -> list[str]:
        lines: list[str] = plain(etype, evalue, etb, *arguments, **options)
        line = "" if issubclass(etype, AssertionError) else own_line(etb, ipython.user_ns)
        return [*lines, line] if line else lines

    formatter.structured_traceback = structured_traceback
