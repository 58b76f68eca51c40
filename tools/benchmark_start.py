"""How long a learner waits before the first page, and how much is downloaded, in two editions.

    python3 tools/benchmark_start.py [COMMIT]

Starts the course from nothing and a second time, in this checkout's last commit and in COMMIT
(844c590, the first edition, if none is given), one after the other on the same machine. Installers
begin with empty caches of their own, so each package comes from the package index. A page is usable
when the server answers for it and for the lessons, and a kernel has started.
Needs git and a network.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
FIRST_EDITION = "844c590"
ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\S*token=\w+")


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder, each counted once."""
    files = {(s.st_dev, s.st_ino): s.st_size for p in folder.rglob("*") if (s := p.lstat())}
    return sum(files.values())


def start(course: Path, home: Path) -> tuple[float, int]:
    """Start the course and end it; give the seconds to a usable page and the lines before it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "VIRTUAL_ENV"))}
    env |= {"HOME": str(home), "UV_CACHE_DIR": str(home / "uv"), "PIP_CACHE_DIR": str(home / "pip")}
    out = home / "out.txt"
    begin = time.monotonic()
    with out.open("w") as file:
        command = [sys.executable, "course.py", "start", "--no-browser"]
        process = subprocess.Popen(
            command, cwd=course, env=env, stdout=file, stderr=file, start_new_session=True
        )
    try:
        while not (found := ADDRESS.search(out.read_text())):
            if process.poll() is not None:
                sys.exit(out.read_text())
            time.sleep(0.1)
        lines = out.read_text()[: found.start()].count("\n")
        base, token = found[0].split("lab")[0], found[0].split("token=")[1]
        headers = {"Authorization": f"token {token}"}

        def ask(path: str, body: bytes | None = None) -> bytes:
            with urlopen(Request(base + path, body, headers), timeout=60) as answer:
                return bytes(answer.read())

        # The first edition prints its address a moment before the server listens there.
        while True:
            try:
                ask("lab")
                break
            except URLError as error:
                refused = isinstance(error.reason, ConnectionRefusedError)
                if not refused or process.poll() is not None:
                    raise
                time.sleep(0.1)
        ask("api/contents/lessons")
        ask("api/kernels", json.dumps({"name": "python3"}).encode())
        return time.monotonic() - begin, lines
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def download(course: Path, home: Path) -> int:
    """Return the bytes of all packages that a learner's environment is made from, packed."""
    learn = course / "requirements" / "learn.txt"
    pins = (learn if learn.exists() else course / "requirements.txt").read_text()
    # What lies in the checkout is not downloaded.
    wanted = home / "wanted.txt"
    wanted.write_text("".join(f"{pin}\n" for pin in pins.splitlines() if pin[:2] != "-e"))
    pip = [course / ".venv/bin/python", "-m", "pip", "download", "-q", "-d", home / "packed"]
    subprocess.run([*pip, "-r", wanted, "uv" if learn.exists() else "pip"], cwd=course, check=True)
    return size(home / "packed")


def main() -> None:
    commits = {"this edition": "HEAD", "first edition": (sys.argv + [FIRST_EDITION])[1]}
    with tempfile.TemporaryDirectory() as folder:
        for name, commit in commits.items():
            course, home = Path(folder, name, "course"), Path(folder, name, "home")
            home.mkdir(parents=True)
            subprocess.run(["git", "clone", "-q", ROOT, course], check=True)
            subprocess.run(["git", "-C", course, "checkout", "-q", commit], check=True)
            first, lines = start(course, home)
            downloaded = sum(
                size(home / cache) for cache in ("uv", "pip") if (home / cache).exists()
            )
            second, again = start(course, home)
            downloaded = download(course, home) / 1e6
            lessons = size(course / "work" / "lessons") / 1e6
            print(
                f"{name} ({commit}): first start {first:.1f} s after {lines} lines, second "
                f"{second:.1f} s after {again}; environment {size(course / '.venv') / 1e6:.0f} MB, "
                f"downloaded {downloaded:.0f} MB, a learner's lessons {lessons:.1f} MB",
                flush=True,
            )
            shutil.rmtree(course)


if __name__ == "__main__":
    main()
