"""In worker, check runner and supervisor: what Linux says of running processes, read from /proc."""

import os
from collections.abc import Iterator
from contextlib import suppress


class ProcessTable:
    """/proc as this process sees it now, also after it has moved into a box with another one."""

    def __init__(self) -> None:
        self.folder = os.open("/proc", os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        os.close(self.folder)

    def below(self, process: int) -> list[int]:
        """The processes that this one has started, and those that they have."""
        found = []
        for thread in self.threads(process):
            with suppress(OSError):  # one that ends in the meantime leaves its children to another
                for child in map(int, self.read(f"{process}/task/{thread}/children").split()):
                    found += [child, *self.below(child)]
        return found

    def threads(self, process: int) -> list[str]:
        try:
            folder = self.open(f"{process}/task")
        except OSError:
            return []
        try:
            return os.listdir(folder)
        except OSError:
            return []
        finally:
            os.close(folder)

    def times(self, process: int) -> Iterator[tuple[str, float, float]]:
        """Of each thread of a process and of those that it has started: which it is, and the
        seconds that it has run and has waited to run.

        Nothing where the system does not count them.
        """
        for thread in self.threads(process):
            with suppress(OSError, ValueError, IndexError):
                ran, waited, *_ = self.read(f"{process}/task/{thread}/schedstat").split()
                yield thread, int(ran) / 1e9, int(waited) / 1e9
            with suppress(OSError):
                for child in map(int, self.read(f"{process}/task/{thread}/children").split()):
                    yield from self.times(child)

    def read(self, path: str) -> str:
        file, parts = self.open(path), []
        try:
            while part := os.read(file, 65536):  # a file object takes four times as long
                parts.append(part)
        finally:
            os.close(file)
        return b"".join(parts).decode()

    def open(self, path: str) -> int:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.folder)
