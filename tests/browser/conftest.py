"""JupyterLab and Chromium on a copy of the course, both with no network but loopback."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import matplotlib.font_manager  # looks at the fonts now
import pytest
from lab_page import LabPage
from playwright.sync_api import TimeoutError, sync_playwright

from notebooks import ROOT

# No question about news, every cell in the page, no blank page below the last one;
# no saving by itself, since the tests of one worker share the copy.
LABCONFIG = {
    "page_config.json": {
        "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}
    },
    "default_setting_overrides.json": {
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "scrollPastEnd": False},
        "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    },
}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# Runs inside a new network namespace: raises `lo` (SIOCSIFFLAGS, IFF_UP), then holds it open.
LOOPBACK_UP = """
import fcntl, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 1))
print("up", flush=True)
sys.stdin.read()
"""
# Runs beside the server: prints the address that it has picked, once it listens there.
FIND_SERVER = """
import json, pathlib, socket, sys, time
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        info = json.loads(next(pathlib.Path(sys.argv[1]).glob("jpserver-*.json")).read_text())
        socket.create_connection(("127.0.0.1", info["port"])).close()
        sys.exit(print(info["url"]))
    except (StopIteration, ValueError, OSError):
        time.sleep(0.05)
sys.exit(1)
"""

# What a page shows, in JavaScript. textContent, since off-screen text has no innerText.
IDLE = "document.getElementById('jp-main-statusbar')?.textContent.includes('| Idle')"
# The prompts of cells that are not folded: a placeholder has one without a number.
PROMPTS = (
    "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt:not(.jp-Placeholder-prompt)')]"
    ".map(prompt => prompt.textContent)"
)
RED = '[data-mime-type="application/vnd.jupyter.stderr"]'  # errors and warnings alike


def hold_namespace():
    """Start a process in a network namespace of its own; None where that is not allowed."""
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        return None
    holder = subprocess.Popen(
        ["unshare", "-rn", sys.executable, "-c", LOOPBACK_UP],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if holder.stdout.readline():
        return holder
    holder.communicate()
    return None


def find_chromium():
    names = ("chromium", "google-chrome", "chromium-browser")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def pytest_report_header():
    holder = hold_namespace()
    if holder:
        holder.communicate()
        return "browser: server and Chromium in a network namespace with loopback only"
    return "browser: no network namespace here, only Chromium's resolver rules cut the network"


@pytest.fixture(scope="session")
def artefacts():
    """Where pictures for people are kept."""
    folder = ROOT / "tests" / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def namespace():
    """The id of a process whose network is loopback only, or None."""
    holder = hold_namespace()
    yield holder and holder.pid
    if holder:
        holder.communicate()  # the end of its input ends it


@pytest.fixture(scope="session")
def enter(namespace):
    """What to put before a command so that it runs without a network."""
    if not namespace:
        return []
    # Root can enter the network alone, and stays able to make nbjudge's sandbox, which maps users.
    users = ["-U", "--preserve-credentials"] if os.geteuid() else []
    return ["nsenter", "-t", str(namespace), "-n", *users]


@pytest.fixture(scope="session")
def jupyter_lab(enter, tmp_path_factory):
    """A function that starts JupyterLab in a folder as someone new there, and gives its address
    and its log."""
    with contextlib.ExitStack() as servers:

        def jupyter_lab(folder, settings=None):
            home = tmp_path_factory.mktemp("home")
            lab = servers.enter_context(served(enter, home, folder, settings))
            return lab, home / "lab.log"

        yield jupyter_lab


@contextlib.contextmanager
def served(enter, home, folder, settings):
    """Serve a folder, with the settings for tests or with those in the folder `settings`."""
    (home / "etc" / "labconfig").mkdir(parents=True)
    for name, values in LABCONFIG.items():
        (home / "etc" / "labconfig" / name).write_text(json.dumps(values))

    ours = ("JUPYTER", "JPY_", "IPYTHON", "XDG_", "MPL")
    env = {k: v for k, v in os.environ.items() if not k.startswith(ours)} | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_CONFIG_PATH": str(settings or home / "etc"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "MPLCONFIGDIR": matplotlib.get_cachedir(),  # a slow first look at the fonts prints in red
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
    log = home / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen([*enter, *command], cwd=folder, env=env, stdout=out, stderr=out)
    ask = [*enter, sys.executable, "-c", FIND_SERVER, home / "runtime"]
    found = subprocess.run(ask, check=False, stdout=subprocess.PIPE, text=True)
    if found.returncode:
        server.kill()
        pytest.fail("JupyterLab did not start:\n" + log.read_text()[-3000:])
    yield found.stdout.strip()
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def lab(jupyter_lab, tmp_path_factory):
    """The address of a JupyterLab that a new learner has just started in a copy of the course."""
    course = tmp_path_factory.mktemp("course")
    for name in ("lessons", "exercises", "data"):
        shutil.copytree(ROOT / name, course / name)
    return jupyter_lab(course)[0]


# Not for the session: while Playwright is open, asyncio.run fails in other tests of this process.
@pytest.fixture(scope="module")
def browser(enter, tmp_path_factory):
    """Chromium, in the namespace if there is one; Playwright speaks to it over a pipe."""
    chromium = find_chromium()
    if not chromium:
        pytest.skip("no Chromium: install it, or name it in the environment variable CHROMIUM")
    if enter:
        wrapper = tmp_path_factory.mktemp("bin") / "chromium"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(enter)} "{chromium}" "$@"\n')
        wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
        chromium = wrapper
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Notebook(LabPage):
    """A notebook open in JupyterLab."""

    def __init__(self, page, url, path):
        super().__init__(page)
        self.path = path
        self.cells = json.loads(path.read_text("utf-8"))["cells"]
        page.goto(url)
        self.wait_until_idle()

    def wait_until_idle(self):
        self.page.wait_for_function(IDLE)

    def run_all(self):
        """Run All by the menu; the stored outputs go first, so that all we see is new."""
        for _ in range(5):  # a click is lost while JupyterLab still lays out the page
            self.menu("Edit", "Clear Outputs of All Cells")
            with contextlib.suppress(TimeoutError):
                cleared = f"!{PROMPTS}.some(text => /\\d/.test(text))"
                self.page.wait_for_function(cleared, timeout=15_000)
                break
        else:
            raise AssertionError("The stored outputs could not be cleared.")
        self.menu("Run", "Run All Cells")
        self.wait_for_run()

    def announces_error(self, cell):
        return "raises-exception" in cell["metadata"].get("tags", [])

    def wait_for_run(self):
        """Wait until the kernel is idle and every cell has run, or one stopped the others."""
        announced = sum(map(self.announces_error, self.cells))
        self.page.wait_for_function(
            f"""{IDLE} && !{PROMPTS}.some(text => text.includes('*')) && (
            {PROMPTS}.every(text => /\\d/.test(text))
            || document.querySelectorAll(`.jp-CodeCell:has({RED})`).length > {announced})"""
        )

    def choose(self, command):
        """Find a command in the palette and run it, by keyboard."""
        self.page.keyboard.press("ControlOrMeta+Shift+C")
        self.page.keyboard.type(command)
        active = self.page.locator(".lm-CommandPalette-item.lm-mod-active")
        active.filter(has_text=command).wait_for()
        self.page.keyboard.press("Enter")

    def close(self):
        """Close the page and end the kernel, so that the next to open it counts from one."""
        self.choose("Shut Down All Kernels…")
        self.page.locator(".jp-Dialog").wait_for()
        with self.page.expect_response(lambda response: response.request.method == "DELETE"):
            self.page.keyboard.press("Enter")
        self.page.close()

    def prompts(self):
        return self.page.evaluate(PROMPTS)


@pytest.fixture(scope="module")
def open_notebook(lab, browser):
    """A function that opens a copy of a lesson; all share one browser profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})

    def open_notebook(path, mode="lab"):
        place = path.relative_to(ROOT).as_posix()
        url = f"{lab}{mode}/workspaces/{path.stem}/tree/{place}"
        return Notebook(context.new_page(), url, path)

    yield open_notebook
    context.close()
