"""A lesson at work in one kernel, for all tests that run it.

The kernel is the course's own, with its look: a lesson is run from top to bottom, then its Modify
and Make answers on top of it. What a chart is made of is noted when it is shown.
"""

import json
import re
from contextlib import contextmanager

from jupyter_client.manager import start_new_kernel

from notebooks import outputs_text

WAIT = 120  # seconds that a cell may take on a busy machine

# Notes, for each axes of a chart that is shown, where its bars begin and what is written on it.
NOTE_CHARTS = """
def _note_charts():
    import matplotlib.pyplot as plt
    from matplotlib.container import BarContainer
    notes, show = [], plt.show
    def noting(*args, **kwargs):
        for number in plt.get_fignums():
            for ax in plt.figure(number).axes:
                bars = [c for c in ax.containers if isinstance(c, BarContainer)]
                lying = any(c.orientation == "horizontal" for c in bars)
                low = min(ax.get_xlim() if lying else ax.get_ylim())
                words = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel()]
                words += [t.get_text() for t in [*ax.texts, *ax.figure.texts]]
                notes.append({"bars": len(bars), "low": low, "words": "\\n".join(words)})
        return show(*args, **kwargs)
    plt.show = noting
    return notes
_notes = _note_charts()
"""


class Kernel:
    """One kernel and what came out of the cells that it ran."""

    def __init__(self, client):
        self.client = client

    def run(self, code):
        """Run code and give back its outputs, as a notebook would keep them."""
        outputs = []

        def keep(message):
            kind, content = message["msg_type"], message["content"]
            if kind in ("stream", "display_data", "execute_result", "error"):
                outputs.append(_Output(output_type=kind, **content))

        self.client.execute_interactive(code, timeout=WAIT, output_hook=keep, allow_stdin=False)
        return outputs

    def value(self, expression):
        """The value of an expression that JSON can carry."""
        printed = "".join(o.text for o in self.run(f"import json; print(json.dumps({expression}))"))
        return json.loads(printed)


class _Output(dict):
    """An output with its parts as attributes, like nbformat's."""

    __getattr__ = dict.__getitem__


def error_of(outputs):
    """What an error in these outputs says, or None."""
    return next((f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"), None)


def printed(outputs):
    return "".join(o.text for o in outputs if o.output_type == "stream")


def seen(outputs):
    """What a reader sees in these outputs, to compare: without random ids and the prediction."""
    parts = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(re.sub(r"(Write your prediction|You predicted).*\n", "", output.text))
        elif output.output_type != "error":
            best = ("image/svg+xml", "text/html", "text/markdown", "text/plain")
            data = next(output.data[kind] for kind in best if kind in output.data)
            parts.append(re.sub(r"[0-9a-f]{32}|0x[0-9a-f]{6,}", "", data))
    return "\n".join(part for part in parts if part)


@contextmanager
def kernel_in(folder):
    manager, client = start_new_kernel(startup_timeout=WAIT, kernel_name="python3", cwd=str(folder))
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


class LessonRun:
    """A lesson that was run from top to bottom: its outputs by cell, and the charts noted."""

    def __init__(self, lesson, kernel):
        self.lesson, self.kernel = lesson, kernel
        kernel.run(NOTE_CHARTS)
        self.outputs, self.charts = {}, {}
        for cell in lesson.code:
            before = kernel.value("len(_notes)")
            self.outputs[cell.id] = kernel.run(cell.source)
            self.charts[cell.id] = (
                kernel.value(f"_notes[{before}:]") if "plt" in cell.source else []
            )

    def text(self, cell_id):
        return outputs_text({"outputs": self.outputs[cell_id]})

    def first_error(self):
        for cell in self.lesson.code:
            if "raises-exception" not in cell.metadata.get("tags", []):
                told = error_of(self.outputs[cell.id])
                if told:
                    return f"{cell.id}: {told}"
        return None
