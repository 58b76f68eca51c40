"""ForkServer kernels: the same as stock ones but faster, and none is left over."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from jupyter_client import AsyncKernelManager

from boxes import Box, Stopwatch, gone, soon
from nbjudge._assignment.names import modules_of
from nbjudge._kernel import forkserver as forkserver_module
from nbjudge._kernel.forkserver import ForkServer, forkserver_for
from nbjudge._kernel.provisioner import kernel_manager
from nbjudge._kernel.sandbox import Form, SandboxError
from nbjudge._model import Limits
from places import PYTHONPATH

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has forkserver kernels")
MODULES = ["folium", "matplotlib.pyplot", "pandas"]
ENV = {**os.environ, "PYTHONPATH": PYTHONPATH}


@pytest.fixture(scope="module")
def forkserver():
    with ForkServer(MODULES) as forkserver:
        assert forkserver.form is Form.FULL, forkserver.why
        yield forkserver


@pytest.fixture
def box(forkserver):
    with Box(forkserver) as box:
        yield box


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


# What is in a notebook.


def test_modules_are_read_from_the_code_cells():
    def cell(kind, text):
        return {"cell_type": kind, "source": text}

    notebook = {
        "cells": [
            cell("code", "import pandas as pd, os.path\nfrom matplotlib import pyplot as plt"),
            cell("code", ["def f():\n", "    import json\n"]),
            cell("code", "%matplotlib inline\nimport never"),
            cell("markdown", "import text"),
            cell("code", "from . import nothing\nfrom math import *\nimport helper\nimport kit.a"),
        ]
    }
    found = modules_of(json.dumps(notebook), ["helper.py", "kit/a.py", "data.csv"])
    assert found == ["json", "math", "matplotlib.pyplot", "os.path", "pandas"]


# The same as a stock kernel.

# Pictures as PNG, also where the host's settings want SVG, which holds dates and made-up names.
PNG = "from matplotlib_inline.backend_inline import *; set_matplotlib_formats('png')"
SHOW = """
import folium, matplotlib.pyplot as plt, pandas as pd
table = pd.DataFrame({"year": [2001, 2002], "tonnes": [1.5, 2.0]})
table.plot(x="year", y="tonnes", title="Trade")
plt.show()
world = folium.Map([0, 0], zoom_start=2)
display(table, world)
plt.get_backend()
"""


async def shown_by(manager, *cells: str) -> list[tuple[str, dict]]:
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=30)
    outputs = []

    def note(message):
        if message["msg_type"] in ("display_data", "execute_result", "stream", "error"):
            outputs.append((message["msg_type"], message["content"].get("data")))

    for cell in (PNG, *cells):
        await client.execute_interactive(cell, output_hook=note, timeout=60)
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return outputs


def test_pictures_maps_and_tables_are_those_of_a_stock_kernel(forkserver):
    ours = asyncio.run(shown_by(kernel_manager(forkserver, {}, "a1", Limits()), SHOW))
    stock = asyncio.run(shown_by(AsyncKernelManager(kernel_name="python3"), SHOW))
    assert ours == stock
    assert [kind for kind, _ in ours] == ["display_data"] * 3 + ["execute_result"]
    assert base64.b64decode(ours[0][1]["image/png"]).startswith(b"\x89PNG")
    assert "unpkg" not in ours[2][1]["text/html"] and "leaflet" in ours[2][1]["text/html"]


LEFT = """
import matplotlib.figure, matplotlib.pyplot as plt, pandas as pd
draws, draw = [], matplotlib.figure.Figure.draw
def counted(figure, renderer):
    draws.append(figure)
    return draw(figure, renderer)
matplotlib.figure.Figure.draw = counted
ax = pd.Series([1, 2]).plot.bar(title="Still open as the cell ends")
"""


def test_a_figure_is_drawn_once_less_for_the_same_picture(forkserver):
    *ours, drawn_here = asyncio.run(
        shown_by(kernel_manager(forkserver, {}, "a1", Limits()), LEFT, "len(draws)")
    )
    *stock, drawn = asyncio.run(shown_by(AsyncKernelManager(), LEFT, "len(draws)"))
    assert ours == stock
    assert [kind for kind, _ in ours] == ["display_data"]
    draws, draws_here = (int(shown["text/plain"]) for _, shown in (drawn, drawn_here))
    assert draws_here == draws - 1 >= 2  # how often depends on the settings of the environment


def test_the_course_s_modules_are_there_at_once(box):
    loaded = box.value("""
        import json, sys
        print(json.dumps([name in sys.modules for name in ("folium", "pandas", "ipykernel")]))
    """)
    assert loaded == [True] * 3


def test_each_kernel_draws_its_own_random_numbers(forkserver):
    code = (
        "import json, random, numpy as np; print(json.dumps([random.random(), np.random.rand()]))"
    )
    with Box(forkserver) as one, Box(forkserver) as two:
        drawn = [*one.value(code), *two.value(code)]
    assert len(set(drawn)) == 4


def test_shell_commands_work(box):
    printed, reply = box.run("!echo $HOME; python -c 'print(6 * 7)'")
    assert reply["status"] == "ok" and printed.split() == ["/home/learner", "42"]


def test_a_module_beside_the_notebook_goes_first(forkserver):
    """As in a stock kernel, though one of the same name was imported early."""
    with Box(forkserver, {"folium.py": b"mine = 1"}) as box:
        assert box.value("import folium; print(folium.mine)") == 1
    with Box(forkserver) as box:
        assert box.error("import folium; folium.mine")[0] == "AttributeError"


def test_history_and_profile_stay_in_the_box(box):
    assert box.value("import json; In; print(json.dumps(_ih[-1] != ''))") is True
    config = (
        "import IPython; print(repr(get_ipython().history_manager.hist_file)[1:-1] == ':memory:')"
    )
    assert box.run(config)[0].strip() == "True"


# A kernel's life.


def test_a_dead_kernel_is_noticed_at_once(box):
    watch = Stopwatch()
    box.client.execute("import os; os._exit(3)")
    assert box.wait(box.manager.provisioner.wait()) == 3
    assert watch.seconds < 0.5
    assert not box.wait(box.manager.is_alive())


def test_a_segfault_is_a_dead_kernel(box):
    box.client.execute("import ctypes; ctypes.string_at(0)")
    assert box.wait(box.manager.provisioner.wait()) == -signal.SIGSEGV


def test_several_tasks_can_wait_for_the_same_kernel(box):
    async def wait():
        waits = [box.manager.provisioner.wait() for _ in range(3)]
        box.client.execute("import os; os._exit(4)")
        return await asyncio.gather(*waits)

    assert box.wait(wait()) == [4, 4, 4]


def test_a_loop_can_be_interrupted(box):
    async def interrupt():
        loops = asyncio.Event()
        reply = box.client.execute_interactive(
            "print('loops')\nwhile True: pass",
            timeout=60,
            output_hook=lambda message: message["msg_type"] == "stream" and loops.set(),
        )
        task = asyncio.ensure_future(reply)
        await loops.wait()
        await box.manager.interrupt_kernel()
        return await task

    assert box.wait(interrupt())["content"]["ename"] == "KeyboardInterrupt"
    assert box.value("print(1)") == 1


def test_shutdown_is_quick_and_leaves_nothing(forkserver):
    with Box(forkserver, {"a": b"1"}) as box:
        place = Path(box.manager.provisioner._place.path)
        assert (place / "s" / "kernel.json").exists()
        box.run("import subprocess; subprocess.Popen(['sleep', '100'], start_new_session=True)")
        processes = descendants(forkserver._process.pid)
        assert any(p.name() == "sleep" for p in processes)
        watch = Stopwatch()
    assert watch.seconds < 1
    assert not place.exists()
    assert soon(lambda: gone(processes))


def test_a_loop_in_c_can_be_ended(forkserver):
    with Box(forkserver) as box:
        box.client.execute("max(iter(int, 1))")
        time.sleep(0.2)
        watch = Stopwatch()
    assert watch.seconds < 1


def test_a_kernel_can_be_restarted(box):
    box.run("x = 1")
    box.wait(box.manager.restart_kernel(now=True))
    box.wait(box.client.wait_for_ready(timeout=20))
    assert box.error("x")[0] == "NameError"
    box.prove()


def test_several_threads_can_have_kernels_at_once(forkserver):
    def work(number):
        with Box(forkserver, {"n": str(number).encode()}) as box:
            return box.value("print(open('n').read())")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == list(range(8))


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
def test_a_file_outside_the_assignment_is_refused(forkserver, name):
    with pytest.raises(ValueError, match="not inside"):
        asyncio.run(kernel_manager(forkserver, {name: b""}, "a1", Limits()).start_kernel())


@pytest.mark.parametrize("name", ["../../x", "week 1", ".", "größe"])
def test_any_name_of_an_assignment_will_do(forkserver, name):
    with Box(forkserver, {"a": b"1"}, name) as box:
        assert box.value("print(open('a').read())") == 1
        assert box.run("import os; print(os.path.dirname(os.getcwd()))")[0] == "/home/learner\n"


# the fork server.


def test_a_killed_caller_leaves_no_process(tmp_path):
    script = """
import psutil, time
from boxes import Box, soon
from nbjudge._kernel.forkserver import ForkServer
forkserver = ForkServer()
with Box(forkserver) as box:
    trusted = forkserver.trusted("trusted_processes:loop")
    box.client.execute("import os; os.fork(); max(iter(int, 1))")
    assert soon(lambda: len(psutil.Process().children(recursive=True)) >= 5)
    print("ready", flush=True)
    time.sleep(60)
"""
    caller = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=ENV
    )
    assert caller.stdout.readline() == "ready\n"
    processes = descendants(caller.pid)
    assert len(processes) >= 5  # the fork server, a supervisor, two kernels, a trusted
    caller.kill()
    caller.wait()
    assert soon(lambda: gone(processes))


def test_closing_ends_all(here):
    with ForkServer() as forkserver:
        box = Box(forkserver)
        box.__enter__()
        trusted = forkserver.trusted("trusted_processes:loop")
        process = psutil.Process(forkserver._process.pid)
        # the fork server, a supervisor and its kernel, a trusted and its child.
        assert soon(lambda: len(process.children(recursive=True)) == 4)
        processes = [process, *process.children(recursive=True)]
        folder = Path(forkserver._cwd)
    assert soon(lambda: gone(processes))
    assert not folder.exists()
    assert box.wait(box.manager.provisioner.wait()) != 0
    assert not trusted.alive
    trusted.kill()
    box.__exit__()


def test_the_warm_process_has_one_thread(forkserver):
    assert psutil.Process(forkserver._process.pid).num_threads() == 1


@pytest.fixture
def threaded(tmp_path, monkeypatch):
    """A module on the path that starts a thread when it is imported, and one that doesn't."""
    (tmp_path / "starts_thread.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    (tmp_path / "is_quiet.py").write_text("value = 5")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_a_module_that_starts_threads_is_left_to_the_kernels(threaded):
    seen = """
        import json, sys
        print(json.dumps([name in sys.modules for name in ("starts_thread", "is_quiet")]))
    """
    with ForkServer(["starts_thread", "is_quiet"]) as forkserver:
        with Box(forkserver) as box:
            assert box.value(seen) == [False, True]
        assert psutil.Process(forkserver._process.pid).num_threads() == 1
    with ForkServer() as forkserver:
        forkserver.load(["starts_thread", "is_quiet"])
        with Box(forkserver) as box:
            assert box.value(seen) == [False, True]
        assert psutil.Process(forkserver._process.pid).num_threads() == 1


def test_of_a_module_elsewhere_only_itself_is_shown(threaded, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    with ForkServer(["is_quiet"]) as forkserver, Box(forkserver) as box:
        seen = box.value(f"import json, os; print(json.dumps(os.listdir({str(tmp_path)!r})))")
    assert seen == ["is_quiet.py"]


def test_modules_that_can_not_be_imported_are_left_out():
    with (
        ForkServer(["no_such_module", "antigravity_x.y", "1 / 0"]) as forkserver,
        Box(forkserver) as box,
    ):
        assert box.error("import no_such_module")[0] == "ModuleNotFoundError"


def test_a_process_keeps_one_for_itself(monkeypatch):
    monkeypatch.setattr(forkserver_module, "_shared", [])
    first = forkserver_for(["json"])
    assert forkserver_for(["json", "graphlib"]) is first
    with Box(first) as box:
        assert box.value("import sys; print(int('graphlib' in sys.modules))") == 1
    first.close()
    second = forkserver_for()
    assert second is not first
    second.close()


def test_forked_processes_share_it():
    """A worker of a pool uses its parent's forkserver process, and does not end it."""
    script = """
import os, sys
from boxes import Box
from nbjudge._kernel.forkserver import ForkServer
with ForkServer() as forkserver:
    children = []
    for number in range(2):
        children.append(os.fork())
        if not children[-1]:
            with Box(forkserver) as box:
                value = box.value(f"print({number} + 1)")
            forkserver.close()
            os._exit(value)
    print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
    with Box(forkserver) as box:
        print(box.value("print(3)"))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=ENV, timeout=300
    )
    assert done.stdout.splitlines() == ["[1, 2]", "3"], done.stderr


def test_without_it_there_is_an_error():
    forkserver = ForkServer()
    forkserver._process.kill()
    forkserver._process.wait()
    with pytest.raises(SandboxError, match="ended"):
        forkserver.trusted("trusted_processes:echo")
    forkserver.close()


# Referees.


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", PYTHONPATH)


@pytest.fixture(scope="module")
def courts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PYTHONPATH)
        forkserver = ForkServer(["matplotlib.pyplot"])
    with forkserver:
        yield forkserver


@pytest.mark.parametrize("form", [Form.FULL, Form.NONE])
def test_a_trusted_process_answers(here, form):
    with (
        ForkServer(unsafe=True, form=form) as forkserver,
        forkserver.trusted("trusted_processes:echo") as trusted,
    ):
        with trusted.sock.makefile("rb") as lines:
            backend, threads, files = json.loads(lines.readline())
            assert trusted.alive
            trusted.sock.sendall(b"hello\n")
            assert lines.readline() == b"hello\n"
        if form is Form.FULL:
            assert (backend, threads) == ("agg", 1)
            assert files <= 5  # three standard ones, the socket, and the directory it lists
    assert not trusted.alive


def test_a_trusted_process_that_loops_is_killed_with_its_children(courts):
    trusted = courts.trusted("trusted_processes:loop")
    assert soon(lambda: len(descendants(courts._process.pid)) == 2)
    processes = descendants(courts._process.pid)
    watch = Stopwatch()
    trusted.kill()
    assert soon(lambda: gone(processes))
    assert watch.seconds < 1
    trusted.kill()  # once more is no error


def test_a_trusted_process_ends_when_its_socket_is_closed(courts):
    trusted = courts.trusted("trusted_processes:echo")
    trusted.sock.close()
    assert soon(lambda: not trusted.alive)
    trusted.kill()


def test_a_trusted_process_that_fails_closes_its_socket(courts):
    with courts.trusted("no_such_module:main") as trusted:
        trusted.sock.settimeout(60)
        assert trusted.sock.recv(1) == b""
    with courts.trusted("trusted_processes:echo") as trusted:
        assert trusted.sock.recv(1) == b"["


def test_a_looping_trusted_process_of_a_killed_worker_ends(here):
    """Though the fork server lives on."""
    script = """
import os, signal, sys, time
import psutil
from boxes import gone, soon
from nbjudge._kernel.forkserver import ForkServer
with ForkServer() as forkserver:
    worker = os.fork()
    if not worker:
        trusted = forkserver.trusted("trusted_processes:loop")
        time.sleep(86400)
    children = lambda: psutil.Process(forkserver._process.pid).children(recursive=True)
    assert soon(lambda: len(children()) == 2)
    looping = children()
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    assert soon(lambda: gone(looping))
    with forkserver.trusted("trusted_processes:echo") as trusted:
        print(trusted.sock.recv(1))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=ENV, timeout=300
    )
    assert done.stdout == "b'['\n", done.stderr


def test_no_file_is_left_open(forkserver):
    """In the caller and in the fork server, kernel after kernel."""

    def once():
        with Box(forkserver) as box, forkserver.trusted("os:close") as trusted:
            box.run("1")
            assert trusted.pid

    def count():
        return [
            len(os.listdir(f"/proc/{pid}/fd")) for pid in (os.getpid(), forkserver._process.pid)
        ]

    once()
    before = count()
    for _ in range(3):
        once()
    assert soon(lambda: count()[1] <= before[1])
    assert count()[0] <= before[0] + 2


# How fast.


def test_a_warm_kernel_is_faster_than_a_stock_one(forkserver):
    async def seconds(manager):
        start = time.perf_counter()
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        while True:  # without the pauses of wait_for_ready
            client.kernel_info()
            try:
                await client.get_shell_msg(timeout=0.05)
                break
            except Exception:
                continue
        await client.execute_interactive("import folium, matplotlib.pyplot, pandas", timeout=30)
        taken = time.perf_counter() - start
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        return taken

    ours = min(
        asyncio.run(seconds(kernel_manager(forkserver, {}, "a1", Limits()))) for _ in range(3)
    )
    stock = min(asyncio.run(seconds(AsyncKernelManager(kernel_name="python3"))) for _ in range(2))
    print(f"ours {ours:.3f} s, stock {stock:.3f} s, {stock / ours:.1f} times")
    assert ours * 2 < stock


def test_no_thread_is_left_in_the_caller(forkserver):
    with Box(forkserver):
        pass
    before = threading.active_count()
    for _ in range(3):
        with Box(forkserver):
            pass
    assert threading.active_count() <= before
