"""In the learner's kernel: its own output streams, without what is done for nothing."""

from ipykernel.iostream import OutStream


class QuietStream(OutStream):
    """An output stream that has nothing to send when nothing was written to it.

    ipykernel flushes both streams twice for each cell and each question, and each time two threads
    wait for one another: a tenth of a kernel's time.
    """

    def flush(self) -> None:
        if self._flush_pending or not self._is_master_process():
            super().flush()
