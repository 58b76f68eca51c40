"""The judge's end of the talk with the process that runs the checks: JSON, a line each way."""

import asyncio
import contextlib
import json
from typing import Any

from nbjudge._kernel.forkserver import ForkServer

CHECK_RUNNER = "nbjudge._judge.check_runner:serve_judge"
LINE = 64 * 2**20  # the longest line, bytes


class CheckChannel:
    """The judge's end of the talk with the process that runs the checks."""

    def __init__(self, process: Any, reader: Any, writer: Any) -> None:
        self.process, self.reader, self.writer = process, reader, writer
        self.owed = 0  # replies not yet read
        self.broken = ""  # what stopped a trusted cell

    @classmethod
    async def open(cls, forkserver: ForkServer) -> "CheckChannel":
        process = forkserver.trusted(CHECK_RUNNER)
        reader, writer = await asyncio.open_unix_connection(sock=process.sock, limit=LINE)
        return cls(process, reader, writer)

    async def send(self, **order: Any) -> None:
        """Give an order without waiting for it to be carried out.

        That nobody takes it any more is for the next question to find.
        """
        self.writer.write(json.dumps(order).encode() + b"\n")
        self.owed += 1
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def ask(self, **order: Any) -> dict[str, Any]:
        """The reply to an order. ConnectionError or ValueError where there is none, or half."""
        await self.send(**order)
        return await self.settled()

    async def settled(self) -> dict[str, Any]:
        """The last reply, once all orders are carried out."""
        reply: dict[str, Any] = {}
        while self.owed:
            line = await self.reader.readline()
            if not line:
                raise ConnectionError("the check runner is gone")
            self.owed -= 1
            reply = json.loads(line)
            self.broken = self.broken or reply.get("error", "")
        return reply

    def kill(self) -> None:
        self.writer.close()
        self.process.kill()
