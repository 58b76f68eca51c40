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
from lab_page import IDLE, TRIES, WAIT, LabPage
from map_page import LANDED, REDRAW_MAPS
from playwright.sync_api import TimeoutError, expect, sync_playwright

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

SCROLLER = ".jp-WindowedPanel-outer"
# The prompts of cells that are not folded: a placeholder has one without a number.
PROMPTS = (
    "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt:not(.jp-Placeholder-prompt)')]"
    ".map(prompt => prompt.textContent)"
)


expect.set_options(timeout=WAIT)


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
    command += ["--LabApp.expose_app_in_browser=True"]  # as window.jupyterapp
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


# Opening, running and closing a notebook, in JavaScript: by JupyterLab's own commands, which say
# when they are done. A click on a menu is lost while JupyterLab still lays out the page; that the
# menu and the palette do the same is tested in test_course_look.py and test_keyboard.py.
OPEN = """async path => {
  await jupyterapp.restored;
  const panel = await jupyterapp.commands.execute('docmanager:open', {path});
  await panel.revealed;
  await panel.context.sessionContext.ready;
}"""
RUN_ALL = """async () => {
  await jupyterapp.commands.execute('notebook:clear-all-cell-outputs');
  await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
CLOSE = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.sessionContext.shutdown();
  panel.dispose();
}"""


class Notebook(LabPage):
    """A page of JupyterLab with one notebook open in it, and then with another."""

    def __init__(self, page, url):
        super().__init__(page)
        page.goto(url)
        page.wait_for_function("window.jupyterapp")

    def do(self, script, argument=None):
        """Run a script and wait for its end, no longer than for anything else in the page.

        Then two frames: JupyterLab draws what a cell has become a frame after it has run.
        """
        self.page.evaluate(
            f"""argument => {{
              window.ended = null;
              const frame = value => new Promise(done => requestAnimationFrame(() => done(value)));
              ({script})(argument).then(() => 'well', String).then(frame).then(frame)
                .then(end => window.ended = end);
            }}""",
            argument,
        )
        ended = self.page.wait_for_function("window.ended", polling=50).json_value()
        assert ended == "well", ended

    def open(self, path):
        self.path = path
        self.cells = json.loads(path.read_text("utf-8"))["cells"]
        self.do(OPEN, path.relative_to(ROOT).as_posix())
        expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(self.cells))
        self.wait_until_idle()
        return self

    def wait_until_idle(self):
        self.page.wait_for_function(IDLE, polling=50)

    def run_all(self):
        """Run all cells; the stored outputs go first, so that all we see is new."""
        self.do(RUN_ALL)

    def announces_error(self, cell):
        return "raises-exception" in cell["metadata"].get("tags", [])

    def write(self, number, code):
        """Put code in place of what a cell holds, as somebody who types."""
        editor = self.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".cm-content")
        editor.click()
        editor.focus()  # where the click was lost
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(code)

    def choose(self, command):
        """Find a command in the palette and run it, by keyboard."""
        palette = self.page.locator(".lm-CommandPalette-input")
        for _ in range(TRIES):
            self.page.keyboard.press("ControlOrMeta+Shift+C")
            with contextlib.suppress(TimeoutError):
                palette.wait_for(timeout=WAIT / TRIES)
                break
        self.page.keyboard.type(command)
        active = self.page.locator(".lm-CommandPalette-item.lm-mod-active")
        active.filter(has_text=command).wait_for()
        self.page.keyboard.press("Enter")

    def close(self):
        """End the kernel, and leave the page as if the notebook had never been there."""
        self.do(CLOSE)
        expect(self.page.locator(".jp-Notebook")).to_have_count(0)
        self.asked.clear()
        self.troubles.clear()

    def wait_for_maps(self, condition):
        for number, frame in enumerate(self.page.locator(".jp-Notebook iframe").element_handles()):
            try:
                frame.content_frame().wait_for_function(condition, timeout=10_000)
            except TimeoutError as error:
                pytest.fail(f"map {number} of {self.path.stem} has no shape in sight: {error}")

    def take_pictures(self, folder, width):
        """The whole notebook, so wide, in pieces that a viewer can open."""
        page, kind = self.page, self.path.relative_to(ROOT).parts[0]
        name = f"{kind}-{self.path.stem}-{width}"
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(REDRAW_MAPS)
        self.wait_for_maps(LANDED)
        scroller = page.locator(SCROLLER)
        length, shown = scroller.evaluate("it => [it.scrollHeight, it.clientHeight]")
        height = min(900 + length - shown, 6000)
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            f"document.querySelector('{SCROLLER}').clientHeight > {height} - 300"
        )
        for old in folder.glob(f"{name}-*.png"):
            old.unlink()
        length, shown = scroller.evaluate("it => [it.scrollHeight, it.clientHeight]")
        for number, top in enumerate(range(0, length, shown), 1):
            scroller.evaluate("(it, top) => it.scrollTop = top", top)
            page.screenshot(path=folder / f"{name}-{number}.png")
        assert top + shown >= length
        page.set_viewport_size({"width": 1280, "height": 900})

    def prompts(self, awaited=None):
        """The numbers beside cells. They are drawn after a cell has run, so ask for those awaited:
        what is given back is what stands there then, or when all patience has ended.
        """
        if awaited is not None:
            with contextlib.suppress(TimeoutError):
                self.page.wait_for_function(
                    f"awaited => JSON.stringify({PROMPTS}) === JSON.stringify(awaited)",
                    arg=awaited,
                    polling=100,
                )
        return self.page.evaluate(PROMPTS)


@pytest.fixture(scope="module")
def open_notebook(request, lab, browser):
    """A function that opens a copy of a notebook: all in one page, one after the other.

    To load JupyterLab is most of the work of a page, and a learner does not load it anew either.
    A workspace for each file of tests, since the server remembers what was open in one.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    notebooks = {}

    def open_notebook(path, mode="lab"):
        if mode not in notebooks:
            url = f"{lab}{mode}/workspaces/{request.module.__name__}"
            notebooks[mode] = Notebook(context.new_page(), url)
        return notebooks[mode].open(path)

    yield open_notebook
    context.close()
