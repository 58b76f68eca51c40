"""Set up and run the course with nothing but Python.

    python3 course.py start    open lesson 00 in JupyterLab
    python3 course.py test     run every test (options go on to pytest)
    python3 course.py release  make exercises/ from solutions/ (for contributors)

All make the environment .venv first, if it is missing, half made or out of date.
Only the standard library, and no syntax newer than the oldest Python that should be
able to read the sentence about being too old.
"""

from __future__ import print_function

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")
STAMP = os.path.join(VENV, "complete.txt")  # written last: without it the environment is half made
WORK = os.path.join(ROOT, "work")  # the learner's own copies, never in git
SHIPPED = os.path.join(WORK, ".shipped.json")  # what those copies were when they were made
OLDEST = (3, 11)


def check_python():
    if sys.version_info < OLDEST:
        here = ".".join(str(n) for n in sys.version_info[:2])
        sys.exit(
            "This course needs Python 3.11 or newer, and this is Python %s: install a newer one "
            "from python.org, then type the command again." % here
        )


# The environment


def recipe():
    """What the environment is made from; when it changes, the environment is made anew."""
    parts = ["python %d.%d" % sys.version_info[:2]]
    for name in ("requirements.txt", "pyproject.toml"):
        with open(os.path.join(ROOT, name)) as file:
            parts.append(file.read().split("[tool.ruff]")[0])  # how code is checked does not count
    return "\n".join(parts)


def environment_is_complete():
    if not (os.path.exists(PYTHON) and os.path.exists(STAMP)):
        return False
    with open(STAMP) as file:
        return file.read() == recipe()


def make_environment():
    if environment_is_complete():
        return
    if os.path.exists(VENV):
        print("The environment in .venv is half made or out of date: it is made again.")
    print("Making the environment (a few minutes, once) ...")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        sys.exit(
            "Python could not make a virtual environment: install its venv module "
            "(on Debian and Ubuntu: apt install python3-venv), then type the command again."
        )
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call(install + ["-r", "requirements.txt"], cwd=ROOT) != 0:
        sys.exit(
            "The packages could not be installed: check the connection to your package index, "
            "then type the command again."
        )
    with open(STAMP, "w") as file:
        file.write(recipe())


def run(arguments, cwd=ROOT):
    """Run a module in the environment, as if it were activated, and give back its exit code."""
    env = dict(os.environ, VIRTUAL_ENV=VENV)
    env["PATH"] = BIN + os.pathsep + env.get("PATH", "")
    env.pop("PYTHONHOME", None)
    # Settings for learners: no news pop-up, no teacher's menus.
    settings = [os.path.join(ROOT, ".jupyter")]
    if env.get("JUPYTER_CONFIG_PATH"):
        settings.append(env["JUPYTER_CONFIG_PATH"])
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(settings)
    try:
        return subprocess.call([PYTHON, "-m"] + arguments, cwd=cwd, env=env)
    except KeyboardInterrupt:
        return 0


# The course's files


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def check_data():
    """Stop with one sentence when a data file is not as published."""
    package = os.path.join(ROOT, "data", "datapackage.json")
    if not os.path.exists(package):
        sys.exit("The folder data is missing or has no datapackage.json: get the course again.")
    with open(package, "rb") as file:
        resources = json.loads(file.read().decode("utf-8"))["resources"]
    for resource in resources:
        path = os.path.join(ROOT, "data", resource["path"])
        if not os.path.exists(path):
            trouble = "is missing"
        elif "sha256:" + digest(path) != resource["hash"]:
            trouble = "was altered"
        else:
            continue
        sys.exit(
            "The file data/%s %s: get it back with 'git checkout -- data', or by getting the "
            "course again." % (resource["path"], trouble)
        )


def content(path):
    """What tells an edited copy from an untouched one: a notebook's cells without outputs."""
    with open(path, "rb") as file:
        raw = file.read()
    if path.endswith(".ipynb"):
        try:
            cells = json.loads(raw.decode("utf-8"))["cells"]
            raw = repr([(c["cell_type"], "".join(c["source"])) for c in cells]).encode("utf-8")
        except (ValueError, KeyError, TypeError):
            pass  # a broken notebook still counts as the learner's own
    return hashlib.sha256(raw).hexdigest()


def course_files():
    for folder in ("lessons", "exercises"):
        for parent, folders, files in os.walk(os.path.join(ROOT, folder)):
            folders[:] = sorted(f for f in folders if f != "images" and not f.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(parent, name), ROOT)


def hand_out():
    """Copy lessons and exercises into work/, and never overwrite what a learner changed.

    Gives back the notebooks that are fresh copies, relative to work/.
    """
    if not os.path.isdir(WORK):
        os.makedirs(WORK)
    shipped = {}
    if os.path.exists(SHIPPED):
        with open(SHIPPED) as file:
            shipped = json.load(file)
    fresh = []
    for name in course_files():
        source, copy = os.path.join(ROOT, name), os.path.join(WORK, name)
        key = name.replace(os.sep, "/")
        new = content(source)
        if os.path.exists(copy):
            if shipped.get(key) == new or content(copy) == new:
                shipped[key] = new
                continue
            if content(copy) != shipped.get(key):
                print("Kept your own work/%s; the course has a newer one in %s." % (key, key))
                continue
        if not os.path.isdir(os.path.dirname(copy)):
            os.makedirs(os.path.dirname(copy))
        shutil.copyfile(source, copy)
        shipped[key] = new
        if name.endswith(".ipynb"):
            fresh.append(name)
    with open(SHIPPED, "w") as file:
        json.dump(shipped, file, indent=1, sort_keys=True)
    return fresh


# The commands


def start(options):
    check_data()
    make_environment()
    fresh = hand_out()
    if fresh:
        # Only fresh copies are signed, so JupyterLab shows their stored maps at once.
        run(["jupyter", "trust"] + fresh, cwd=WORK)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options = ["--allow-root"] + options
    print("JupyterLab opens in your browser. To stop it, press Control and C here, twice.")
    return run(
        [
            "jupyterlab",
            "--ServerApp.root_dir=" + WORK,
            "--LabApp.default_url=/lab/tree/lessons/00_start_here.ipynb",
        ]
        + options,
        cwd=WORK,
    )


def test(options):
    make_environment()
    return run(["pytest"] + options)


def release(options):
    """Make exercises/, or the folder given, from solutions/, with the data that each one reads."""
    make_environment()
    target = os.path.abspath(options[0]) if options else os.path.join(ROOT, "exercises")
    if not options and subprocess.call(["git", "diff", "--quiet", "--", "exercises"], cwd=ROOT):
        sys.exit("The folder exercises has changes that git does not hold: commit or drop them.")
    solutions = os.path.join(ROOT, "solutions")
    for name in sorted(os.listdir(solutions)):
        notebook = os.path.join(solutions, name, name + ".ipynb")
        if not os.path.exists(notebook):
            continue
        with open(notebook, "rb") as file:
            wanted = set(re.findall(r"data/([a-z_0-9]+\.[a-z]+)", file.read().decode("utf-8")))
        copies = os.path.join(solutions, name, "data")
        shutil.rmtree(copies, ignore_errors=True)
        os.makedirs(copies)
        for file_name in sorted(wanted):
            shutil.copyfile(os.path.join(ROOT, "data", file_name), os.path.join(copies, file_name))
        command = ["nbgrader", "generate_assignment", name, "--no-db", "--force"]
        code = run(command + ["--CourseDirectory.release_directory=" + target])
        if code != 0:
            return code
    return 0


def main(arguments):
    check_python()
    commands = {"start": start, "test": test, "release": release}
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    return commands[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
