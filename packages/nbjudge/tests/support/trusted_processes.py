"""What check runners do in the tests. It imports little, as a trusted starts with it."""

import json
import os
import socket


def echo(channel: socket.socket) -> None:
    """Answer with what is true in a trusted, then with what comes."""
    import matplotlib

    threads = len(os.listdir("/proc/self/task"))
    facts = [matplotlib.get_backend().lower(), threads, len(os.listdir("/proc/self/fd"))]
    channel.sendall(json.dumps(facts).encode() + b"\n")
    while data := channel.recv(1000):
        channel.sendall(data)


def loop(channel: socket.socket) -> None:
    """Never end, nor hear, and have a child that does not either."""
    os.fork()
    max(iter(int, 1))
