"""In the judge's worker: nbclient, for a kernel that may put out anything and any amount of it."""

import asyncio
import json
import logging
import math
from collections import Counter
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode

from nbjudge._model import Limits

SILENT = logging.Logger("nbjudge", logging.CRITICAL + 1)  # the result says it all


class CappedClient(NotebookClient):
    """nbclient, with a cap on what the cells put out, and without a kernel of its own."""

    def __init__(self, notebook: NotebookNode, limits: Limits) -> None:
        super().__init__(
            notebook,
            allow_errors=True,
            timeout=None,  # whoever calls it ends it: nbclient would go by the clock
            raise_on_iopub_timeout=False,  # outputs that come too late cost no question
            # Of all that is still to be read once a cell has ended: a busy machine takes its time.
            iopub_timeout=math.ceil(limits.cell_seconds),
            store_widget_state=False,  # nobody reads it, and it would have no limit
            skip_cells_with_tag="",
            log=SILENT,
        )
        self.comm_open_handlers = {}  # what is printed into a widget is shown below its cell
        self.room = limits.output
        self.displays: Counter[str] = Counter()  # how many there are of each id
        self.odd: Exception | None = None  # what a message was that no kernel sends

    async def _async_poll_output_msg(self, *args: Any) -> None:
        """Note a message that cannot be read: else nbclient says so only after the cell's reply,
        which may never come."""
        try:
            await super()._async_poll_output_msg(*args)
        except Exception as error:
            self.odd = error
            raise

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """A display takes the place of all earlier ones of its id, and counts as often."""
        content = msg["content"]
        count = content.get("execution_count")
        if count is not None and (type(count) is not int or count < 0):
            raise ValueError("an odd execution count")
        if again := self.displays[(content.get("transient") or {}).get("display_id", "")]:
            self.room -= again * len(json.dumps(content, default=str))
            if self.room < 0:
                return None
        return super().process_message(msg, cell, cell_index)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        self.room -= len(json.dumps(msg["content"], default=str))
        if self.room < 0:
            return None
        if display_id:
            self.displays[display_id] += 1
        return super().output(outs, msg, display_id, cell_index)


async def hears(client: Any) -> None:
    """Wait until the kernel answers on both channels, so that no output is lost."""
    seen: set[str] = set()

    async def listen(channel: Any, name: str) -> None:
        while name not in seen:
            message = await channel.get_msg()
            if message["parent_header"].get("msg_type") == "kernel_info_request":
                seen.add(name)

    async with asyncio.timeout(60):
        tasks = [
            asyncio.ensure_future(listen(client.shell_channel, "shell")),
            asyncio.ensure_future(listen(client.iopub_channel, "iopub")),
        ]
        try:
            while len(seen) < 2:
                client.kernel_info()
                await asyncio.wait(tasks, timeout=0.1)
        finally:
            for task in tasks:
                task.cancel()
