"""Set up and run the course with nothing but Python.

    python3 course.py start          open the course in JupyterLab
    python3 course.py solutions 03   copy a worked solution into work/solutions
    python3 course.py teach          add what a teacher needs: nbgrader and the grading engine
    python3 course.py hub ACCOUNT    set up JupyterHub for the class of this teacher's account
    python3 course.py test           run every test (options go on to pytest)
    python3 course.py release        make exercises/ from solutions/ (for contributors)

Each makes the part of the environment .venv that it needs, if that is missing, half made or out
of date. Only the standard library, and no syntax newer than the oldest Python that should be
able to read the sentence about being too old.
"""

from __future__ import print_function

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")
STAMP = os.path.join(VENV, "complete.json")  # written last: without it the environment is half made
SERVER_LOG = os.path.join(VENV, "server.log")  # what JupyterLab said, the last time
LOG = os.path.join(VENV, "install.log")  # what the installers said
WORK = os.path.join(ROOT, "work")  # the learner's own copies, never in git
SHIPPED = os.path.join(WORK, ".shipped.json")  # what those copies were when they were made
OLDEST, NEWEST = (3, 11), (3, 15)  # every pin has a built package for these
# Lesson 1 links to the rule of the two readers; the tables are read where they lie.
HANDED_OUT = ("lessons", "exercises", "data/coding_rule.md")
CHECKS = "summit_checks.py"  # what the checks of all exercises share
PARTS = ["learn", "teach", "hub", "test"]  # each holds the ones before it


def check_python():
    here = "%d.%d" % sys.version_info[:2]
    if sys.version_info[:2] < OLDEST:
        sys.exit(
            "This course needs Python %d.%d or newer, and this is Python %s: install a newer one "
            "from python.org, then type the command again." % (OLDEST + (here,))
        )
    if sys.version_info[:2] > NEWEST:
        sys.exit(
            "This course is made for Python %d.%d to %d.%d, and some of its packages do not exist "
            "for Python %s yet: install Python %d.%d beside it from python.org, then type the "
            "command with that one." % (OLDEST + NEWEST + (here,) + NEWEST)
        )


# The environment

PIP = [sys.executable, "-m", "pip", "--python", PYTHON]


def recipe(part):
    """What a part of the environment is made from; when it changes, the part is made anew."""
    paths = [os.path.join("requirements", name + ".txt") for name in PARTS[: PARTS.index(part) + 1]]
    packages = os.path.join(ROOT, "packages")
    for name in sorted(os.listdir(packages)):
        paths.append(os.path.join("packages", name, "pyproject.toml"))
        for folder in ("etc", "share"):  # settings that are copied when a package is installed
            for parent, _, files in os.walk(os.path.join(packages, name, folder)):
                paths += [os.path.relpath(os.path.join(parent, f), ROOT) for f in files]
    parts = ["python %d.%d" % sys.version_info[:2]]
    for path in sorted(paths):
        if os.path.exists(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), "rb") as file:
                text = file.read().decode("utf-8")
            parts.append(text.split("[tool.ruff]")[0])  # how code is checked does not count
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def parts_made():
    """The parts that are complete and up to date."""
    if not os.path.exists(PYTHON):
        return []
    try:
        with open(STAMP) as file:
            made = json.load(file)
        return [part for part in PARTS if made.get(part) == recipe(part)]
    except (IOError, ValueError, AttributeError):
        return []


def has_pip():
    """Whether this Python has a pip that can fill another environment, as 22.3 and later can."""
    try:
        import pip

        return tuple(int(n) for n in pip.__version__.split(".")[:2]) >= (22, 3)
    except (ImportError, ValueError):
        return False


def make_environment(part):
    """Make a part of the environment, and say what happens while it is made."""
    made = parts_made()
    if part in made:
        return
    if not made:
        if os.path.exists(VENV):
            print("The environment in .venv is half made or out of date: it is made again.")
        print("Making the environment. This happens once, and needs a network.")
        say("1 of 3: a place for the packages")
        # This Python's own pip fills the new environment too: to put pip there takes seconds.
        bare = ["--without-pip"] if has_pip() else []
        if subprocess.call([sys.executable, "-m", "venv", "--clear"] + bare + [VENV]) != 0:
            sys.exit(
                "Python could not make a virtual environment: install its venv module "
                "(on Debian and Ubuntu: apt install python3-venv), then type the command again."
            )
    say("2 of 3: the installer")
    pip = (PIP if has_pip() else [PYTHON, "-m", "pip"]) + [
        "install",
        "--disable-pip-version-check",
        "--retries",
        "1",
    ]
    has_uv = install(pip + ["uv"], say_nothing)
    say("3 of 3: the packages" + ("" if has_uv else " (a few minutes)"))
    wanted = ["-r", os.path.join("requirements", part + ".txt")]
    uv = [PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "pip"]
    if not (has_uv and install(uv + wanted, say)) and not install(pip + wanted, say):
        sys.exit(
            "The packages could not be installed: check the connection to the internet, then type "
            "the command again (the installer's own words are in .venv/install.log)."
        )
    with open(STAMP, "w") as file:
        json.dump({name: recipe(name) for name in PARTS[: PARTS.index(part) + 1]}, file)


def say(line):
    print("  " + line)
    sys.stdout.flush()


def say_nothing(line):
    pass


def install(command, report):
    """Run an installer, keep its words in the log, and report each 15 s that it is at work."""
    begin = time.time()
    with open(LOG, "a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=installer_env(), stdout=log, stderr=subprocess.STDOUT
        )
        said = begin
        while process.poll() is None:
            time.sleep(0.1)
            if time.time() - said > 15:
                said = time.time()
                report("still at work, after %d s" % (said - begin))
    return process.returncode == 0


def installer_env():
    """The installers see the same package index: uv does not read pip's settings."""
    env = dict(os.environ)
    if env.get("PIP_INDEX_URL"):
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    return env


def activated():
    """The variables of the activated environment, with this course's settings for JupyterLab."""
    env = dict(os.environ, VIRTUAL_ENV=VENV)
    env["PATH"] = BIN + os.pathsep + env.get("PATH", "")
    env.pop("PYTHONHOME", None)
    # Settings for learners: no news pop-up, no teacher's menus.
    settings = [os.path.join(ROOT, ".jupyter")]
    if env.get("JUPYTER_CONFIG_PATH"):
        settings.append(env["JUPYTER_CONFIG_PATH"])
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(settings)
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # a warning about frozen modules
    return env


def run(arguments, cwd=ROOT):
    """Run a module in the environment, as if it were activated, and give back its exit code."""
    try:
        return subprocess.call([PYTHON, "-m"] + arguments, cwd=cwd, env=activated())
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


def course_files(folders):
    for folder in folders:
        if os.path.isfile(os.path.join(ROOT, folder)):
            yield os.path.normpath(folder)
        for parent, below, files in os.walk(os.path.join(ROOT, folder)):
            below[:] = sorted(f for f in below if f != "images" and not f.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(parent, name), ROOT)


def copy_blank(source, copy):
    """Copy a file; a notebook without outputs, so that nothing stands where a prediction goes."""
    if not os.path.isdir(os.path.dirname(copy)):
        os.makedirs(os.path.dirname(copy))
    if not source.endswith(".ipynb"):
        shutil.copyfile(source, copy)
        return
    with open(source, "rb") as file:
        notebook = json.loads(file.read().decode("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    with open(copy + ".part", "wb") as file:  # a copy that was cut short would count as edited
        file.write((text + "\n").encode("utf-8"))
    os.replace(copy + ".part", copy)


def shipped_copies():
    if not os.path.exists(SHIPPED):
        return {}
    try:
        with open(SHIPPED) as file:
            return dict(json.load(file))
    except ValueError:
        return {}  # all copies then count as the learner's own


def hand_out(folders=HANDED_OUT):
    """Copy files of the course into work/, and never overwrite what a learner changed.

    Gives back the notebooks that are fresh copies, relative to work/.
    """
    if not os.path.isdir(WORK):
        os.makedirs(WORK)
    shipped = shipped_copies()
    fresh, kept = [], []
    for name in course_files(folders):
        source, copy = os.path.join(ROOT, name), os.path.join(WORK, name)
        key = name.replace(os.sep, "/")
        new = content(source)
        if os.path.exists(copy):
            if shipped.get(key) == new or content(copy) == new:
                shipped[key] = new
                continue
            if content(copy) != shipped.get(key):
                kept.append(key)
                continue
        copy_blank(source, copy)
        shipped[key] = new
        if name.endswith(".ipynb"):
            fresh.append(name)
    if len(kept) > 2:
        print("Kept %d files of your own in work/; the course has newer ones." % len(kept))
    else:
        for key in kept:
            print("Kept your own work/%s; the course has a newer one in %s." % (key, key))
    with open(SHIPPED + ".part", "w") as file:
        json.dump(shipped, file, indent=1, sort_keys=True)
    os.replace(SHIPPED + ".part", SHIPPED)
    return fresh


def first_page():
    """The page that JupyterLab opens on, relative to work/."""
    lessons = sorted(os.listdir(os.path.join(WORK, "lessons")))
    pages = [name for name in lessons if name.endswith(".ipynb")]
    if not pages:
        sys.exit("The folder lessons holds no notebook: get the course again.")
    return "lessons/" + ("start.ipynb" if "start.ipynb" in pages else pages[0])


# JupyterLab


def runtime_folder():
    code = "from jupyter_core.paths import jupyter_runtime_dir as d; print(d())"
    return subprocess.check_output([PYTHON, "-c", code], env=activated()).decode().strip()


def find_server(process, folder, since):
    """Wait for the server that was just started, and give back what it says about itself."""
    while process.poll() is None:
        names = os.listdir(folder) if os.path.isdir(folder) else []
        for name in names:
            path = os.path.join(folder, name)
            if re.match(r"jpserver-\d+\.json$", name) and os.path.getmtime(path) >= since:
                with contextlib.suppress(IOError, ValueError), open(path) as file:
                    server = json.load(file)
                    ours = os.path.realpath(server["root_dir"]) == os.path.realpath(WORK)
                    if ours and listens(server):
                        return server
        time.sleep(0.1)
    sys.exit("JupyterLab did not start: the reason is at the end of the file .venv/server.log.")


def listens(server):
    """Whether a browser would be answered: a server says where it is before it listens there."""
    everywhere = server["hostname"] in ("", "*", "0.0.0.0", "::")
    host = "localhost" if everywhere else server["hostname"]
    try:
        socket.create_connection((host, server["port"]), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def end(process, server):
    """End the server and its kernels: a request first, since Windows knows no soft signal."""
    if process.poll() is not None:
        return
    from urllib.request import Request, urlopen

    try:
        headers = {"Authorization": "token " + server["token"]}
        urlopen(Request(server["url"] + "api/shutdown", b"", headers), timeout=5).read()
    except (OSError, TypeError, KeyError):
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(15)
    if process.poll() is None:
        process.kill()


def stop(number, frame):
    raise KeyboardInterrupt


# The commands


def start(options):
    begin = time.time()
    check_data()
    make_environment("learn")
    hand_out()
    page = first_page()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options = ["--allow-root"] + options
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    command = [
        PYTHON,
        "-m",
        "jupyterlab",
        "--ServerApp.root_dir=" + WORK,
        "--LabApp.default_url=/lab/tree/" + page,
    ]
    # In a group of its own, so that Control and C ends it through us, without a question.
    group = {"start_new_session": True}
    if os.name == "nt":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    folder = runtime_folder()
    with open(SERVER_LOG, "w") as log:
        process = subprocess.Popen(
            command + options, cwd=WORK, env=activated(), stdout=log, stderr=log, **group
        )
    server = {}
    try:
        server = find_server(process, folder, begin)
        if "--no-browser" in options:
            print("JupyterLab is running. Open this address in a browser:")
        else:
            print(
                "The course opens in your browser. If no window opens, open this address yourself:"
            )
        print("  %slab/tree/%s?token=%s" % (server["url"], page, server["token"]))
        print("To stop, press Control and C here.")
        sys.stdout.flush()
        process.wait()
    except KeyboardInterrupt:
        print("Stopping ...")
    finally:
        end(process, server)
    return 0


def solutions(options):
    """Copy the worked solution of an exercise into work/solutions, for those who learn alone."""
    names = sorted(n for n in os.listdir(os.path.join(ROOT, "solutions")) if n[:2].isdigit())
    wanted = [name for name in names if options and name.startswith(options[0])]
    if len(wanted) != 1:
        sys.exit("Name one exercise, as in 'python3 course.py solutions %s'." % names[0][:2])
    name = wanted[0]
    exercise = "exercises/%s/%s.ipynb" % (name, name)
    copy = os.path.join(WORK, *exercise.split("/"))
    if not os.path.exists(copy):
        sys.exit("You do not have this exercise yet: type 'python3 course.py start' first.")
    if content(copy) == shipped_copies().get(exercise):
        sys.exit(
            "Your work/%s is as you got it: write an answer of your own first, save it, then type "
            "the command again." % exercise
        )
    hand_out(["solutions/" + name])
    print("A worked solution is in work/solutions/%s: compare it with your own." % name)
    return 0


def teach(options):
    make_environment("teach")
    print("The environment in .venv has what a teacher needs: TEACHING.md says what comes next.")
    return 0


# What accounts of learners may read, beside the environment. The rest holds answers.
OPEN = [".venv", ".jupyter", "course.py", "data", "hub", "lessons", "packages"]
# What the teacher's own folder on the hub begins with.
DESK = ["TEACHING.md", "nbgrader_config.py", "data", "solutions", "teaching"]


def closed_place(path):
    """The first folder on the way to a file that other accounts cannot enter, or None."""
    parts = os.path.realpath(path).split(os.sep)
    for end in range(2, len(parts)):
        folder = os.sep.join(parts[:end])
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            return folder
    return None


def has_proxy(folder):
    """Whether npm has already put the pinned proxy of JupyterHub into a folder."""
    versions = []
    for lock in ("package-lock.json", os.path.join("node_modules", ".package-lock.json")):
        if not os.path.exists(os.path.join(folder, lock)):
            return False
        with open(os.path.join(folder, lock)) as file:
            packages = json.load(file)["packages"]
        versions.append(packages["node_modules/configurable-http-proxy"]["version"])
    return versions[0] == versions[1]


def hub(options):
    """Set up JupyterHub on this machine, as its administrator, for one teacher and a class."""
    if len(options) != 1:
        sys.exit("Name the teacher's account, as in 'sudo python3 course.py hub anna'.")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        sys.exit(
            "JupyterHub starts the servers of all accounts, so it needs Linux and its "
            "administrator: type 'sudo python3 course.py hub %s'." % options[0]
        )
    import pwd

    try:
        teacher = pwd.getpwnam(options[0])
    except KeyError:
        sys.exit("This machine has no account %s: make it with adduser first." % options[0])
    for path in (os.path.join(ROOT, "course.py"), sys.executable):
        closed = closed_place(path)
        if closed:
            sys.exit(
                "Learners' accounts cannot enter %s, so they could not use %s: put the course into "
                "/srv and use the system's own Python, as in 'cd /srv/reading-the-summit' and "
                "'sudo /usr/bin/python3 course.py hub %s'." % (closed, path, options[0])
            )
    if not shutil.which("npm"):
        sys.exit("JupyterHub's proxy needs Node.js: apt install nodejs npm, then again.")
    os.umask(0o022)
    make_environment("hub")
    folder = os.path.join(ROOT, "hub")
    if not has_proxy(folder) and subprocess.call(["npm", "ci", "--silent"], cwd=folder) != 0:
        sys.exit("JupyterHub's proxy could not be installed: check the connection to the internet.")
    for name in os.listdir(ROOT):
        path = os.path.join(ROOT, name)
        if name not in OPEN and not os.path.islink(path):
            os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) & 0o700)
    state, exchange = os.path.join(folder, "state"), os.path.join(folder, "exchange")
    for place, mode in ((state, 0o700), (exchange, 0o1777)):  # there, nobody renames another's
        if not os.path.isdir(place):
            os.makedirs(place)
        os.chmod(place, mode)
    with open(os.path.join(state, "class.json"), "w") as file:
        json.dump({"teachers": [teacher.pw_name]}, file)
    desk = os.path.join(teacher.pw_dir, "reading-the-summit")
    if not os.path.lexists(desk):
        os.mkdir(desk, 0o700)
        for name in DESK:
            source, copy = os.path.join(ROOT, name), os.path.join(desk, name)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, copy)
        for parent, _, files in os.walk(desk):
            for name in [""] + files:
                os.chown(os.path.join(parent, name), teacher.pw_uid, teacher.pw_gid)
    print("JupyterHub is ready. The teacher's folder is %s, closed to others." % desk)
    config = os.path.join(folder, "jupyterhub_config.py")
    print("To start it: %s -f %s" % (os.path.join(BIN, "jupyterhub"), config))
    return 0


def test(options):
    make_environment("test")
    # The tests start hundreds of processes, and without bytecode each compiles all that it
    # imports: who wants none beside the sources gets it in the environment.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", os.path.join(VENV, "bytecode"))
    return run(["pytest"] + options)


def release(options):
    """Make exercises/, or the folder given, from solutions/.

    Each exercise gets copies of the data that it reads, and of the module that its checks use.
    """
    make_environment("teach")
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
        shutil.copy(os.path.join(solutions, CHECKS), os.path.join(solutions, name))
    # All in one process, since most of the time is its start.
    command = ["nbgrader", "generate_assignment", "[0-9]*", "--no-db", "--force"]
    code = run(command + ["--CourseDirectory.release_directory=" + target])
    if code != 0:
        return code
    for name in os.listdir(target) if not options else []:  # an exercise whose source is gone
        if not os.path.exists(os.path.join(solutions, name)):
            shutil.rmtree(os.path.join(target, name))
    return 0


def main(arguments):
    check_python()
    commands = {
        "start": start,
        "solutions": solutions,
        "teach": teach,
        "hub": hub,
        "test": test,
        "release": release,
    }
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    return commands[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
