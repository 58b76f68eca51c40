"""In a kernel's supervisor: makes the sandbox, watches its memory, says how the kernel ended."""

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from nbjudge._kernel import linux
from nbjudge._kernel.processes import ProcessTable
from nbjudge._kernel.sandbox import Spec, enter, seal, separate

SELDOM, AGAIN = 0.25, 0.05  # seconds between two looks at a box's memory


def supervise(
    spec: Spec,
    control: socket.socket,
    run: Callable[[Callable[[], None]], None],
    ended: Callable[[], None] = lambda: None,
) -> int:
    """Make the box, run `run(ready)` in it, and talk with the caller over `control` until it ends.

    Messages are JSON datagrams: to the caller {"ready": report} or {"error": text}, at the end
    {"exit": status} as in Popen.returncode; from the caller {"signal": number}. When the caller
    closes its end, or this process gets SIGTERM, everything in the box is killed.
    """
    linux.die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: control.shutdown(socket.SHUT_RD))
    inner, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        watch = Watch(spec.limits.memory)
        separate()
        child = os.fork()
    except OSError as error:
        tell(control, error=str(error))
        return 1
    if not child:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        be_first(spec, theirs, run)
    theirs.close()
    pidfd = os.pidfd_open(child)
    looked, why = time.monotonic(), ""
    poll = select.poll()
    for one in (control, inner, pidfd):
        poll.register(one, select.POLLIN)
    files = {control.fileno(): control, inner.fileno(): inner}
    status = None
    while status is None:
        pause = AGAIN if watch.before else SELDOM
        events = poll.poll(pause * 1000)
        if time.monotonic() > looked + pause:
            if watch.exceeded():
                why = "its processes held more memory together than one submission may"
                send_signal(child, signal.SIGKILL)
            looked = time.monotonic()
        for number, _ in events:
            if number == pidfd:
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                break
            message = files[number].recv(65536)
            if number == inner.fileno():
                poll.unregister(number)
                if message.startswith(b'{"ready"'):
                    try:
                        seal(spec)
                        message = json.dumps({**json.loads(message), "pid": child}).encode()
                    except OSError as error:
                        send_signal(child, signal.SIGKILL)
                        message = json.dumps({"error": str(error)}).encode()
                with suppress(OSError):
                    control.send(message or b'{"error": "the kernel ended"}')
            elif message:
                send_signal(child, json.loads(message)["signal"])
            else:  # the caller is gone
                poll.unregister(number)
                send_signal(child, signal.SIGKILL)
    ended()  # whoever hears of the end may ask for another box at once
    tell(control, exit=status, why=why)
    return 0


class Watch:
    """Looks at the memory that the processes below this one hold together.

    Made before the box is: with it, the supervisor too gets another /proc, or none.
    """

    def __init__(self, most: int) -> None:
        self.most, self.before = most, False
        self.table = ProcessTable()
        self.own = os.getpid()

    def exceeded(self) -> bool:
        """Whether they hold too much, and did the last time.

        One time is not enough: a process that is being started counts double for a moment.
        """
        before, self.before = self.before, self.too_much(self.table.below(self.own))
        return before and self.before

    def too_much(self, processes: list[int]) -> bool:
        """Whether several processes hold too much together; one alone has a limit of its own.

        The quick measure counts shared memory, also with the fork server, once for each process.
        Only when that is too much is the slow one read, which counts each process's share.
        """
        if len(processes) < 2:
            return False
        measures = (("status", "VmRSS:", "VmSwap:"), ("smaps_rollup", "Pss:", "SwapPss:"))
        return all(sum(self.held(one, *how) for one in processes) > self.most for how in measures)

    def held(self, process: int, file: str, *words: str) -> int:
        try:
            lines = self.table.read(f"{process}/{file}").splitlines()
        except PermissionError:  # it has hidden itself
            return self.held(process, "status", "VmRSS:", "VmSwap:")
        except OSError:
            return 0
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(words))


def be_first(spec: Spec, theirs: socket.socket, run: Callable) -> NoReturn:
    """What the box's first process does."""
    status = 1
    try:
        keep_only(theirs.fileno())
        report = enter(spec)

        def ready() -> None:
            tell(theirs, ready=report)
            theirs.close()

        run(ready)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        tell(theirs, error=f"{type(error).__name__}: {error}")
    finally:
        os._exit(status & 255)


def tell(channel: socket.socket, **message: Any) -> None:
    """Send a message, unless nobody is there any more."""
    with suppress(OSError):
        channel.send(json.dumps(message).encode())


def send_signal(child: int, number: int) -> None:
    with suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.kill(child, number)
        else:  # what the kernel has started is interrupted with it
            os.killpg(child, number)


def keep_only(*kept: int) -> None:
    """Close every file of this process but the standard ones and these."""
    last = 2
    for number in sorted(kept):
        os.closerange(last + 1, number)
        last = number
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))
