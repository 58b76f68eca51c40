"""Runs nbgrader's own tests in an environment where the two lines switch this engine on.

    .venv/bin/python packages/nbjudge/tools/nbgraders_own.py [FILE ...]

They pass, but for those that are listed here, each with the reason. One that is listed and passes
is a failure as well, and so is one that is gone. .ci/run calls this beside the tests, which it
would make some minutes longer; one of the files is among them: tests/test_nbgraders_own.py.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import nbgrader.tests.apps

TWO_LINES = "import nbjudge\nc = get_config()\nnbjudge.configure(c)\n"
# A plugin for these runs. nbgrader asks another program for a number at each new gradebook, which
# takes half a second. And to be quick, most of its tests do not execute what they grade, which the
# engine refuses: they are about other things, and do execute it here.
PLUGIN = """
import functools
import nbgrader.api as api
import nbgrader.tests as tests

api.get_alembic_version = functools.cache(api.get_alembic_version)
run = tests.run_nbgrader


def run_nbgrader(args, *more, **named):
    quick = args[0] == "autograde" and "--db" in args
    return run([arg for arg in args if arg != "--no-execute" or not quick], *more, **named)


tests.run_nbgrader = run_nbgrader
"""
FREE = (
    "nbgrader's example has a check that the untouched release passes: its point waits for a person"
)
REPAIRED = "a submission with other cells than the release is put right and graded"
MISSING = "a notebook that was not handed in is there all the same, with 0 and its reason"
KERNEL = (
    "what language it is, the source says; another is refused by name, and nobody else's run ends"
)
ONE_FILE = "feedback is one page, always made anew; the files beside a notebook are not copied"
DIFFERENT: dict[str, dict[str, str]] = {  # what takes longest comes first
    "test_nbgrader_autograde": {
        "test_grade": FREE,
        "test_showtraceback_exploit": FREE,
        "test_student_id_exclude": FREE,
        "test_late_submission_penalty_none": FREE,
        "test_late_submission_penalty_zero": FREE,
        "test_late_submission_penalty_plugin": FREE,
        "test_hidden_tests_single_notebook": FREE,
        "test_grade_missing_notebook": MISSING,
        "test_handle_failure": REPAIRED,
        "test_handle_failure_single_notebook": REPAIRED,
        "test_missing_source_kernelspec": KERNEL,
        "test_incorrect_source_kernelspec": KERNEL,
        "test_no_execute": "outputs that were handed in are not believed",
        "test_side_effects": "what code writes stays in the sandbox",
    },
    "test_api": {
        "test_get_student": FREE,
        "test_get_submission": FREE,
        "test_get_submission_no_timestamp": FREE,
        "test_filter_existing_notebooks": MISSING,
        "test_get_student_notebook_submissions": MISSING,
    },
    "test_nbgrader_export": {},
    "test_nbgrader_generate_assignment": {},
    "test_nbgrader_generate_feedback": {
        "test_force": ONE_FILE,
        "test_force_f": ONE_FILE,
        "test_filter_notebook": ONE_FILE,
    },
    "test_nbgrader_validate": {},
}


def main(files: list[str]) -> int:
    """Run these files, as many at once as there are processors; the exit code."""
    wrong = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, (passed, said) in zip(files, pool.map(compare, files), strict=True):
            print(f"{file}: {passed} pass, {len(DIFFERENT[file])} differ as they are known to")
            for line in said:
                print(f"    {line}")
            wrong += len(said)
    return min(wrong, 1)


def compare(file: str) -> tuple[int, list[str]]:
    """How many tests of a file pass, and what is not as it is known to be."""
    known = DIFFERENT[file]
    with tempfile.TemporaryDirectory() as place:
        failed, passed = outcomes(file, Path(place, "as_typed"))
        said = [f"{name} fails" for name in sorted(failed - known.keys())]
        said += [f"{name} passes, though it is listed" for name in sorted(passed & known.keys())]
        path = Path(nbgrader.tests.apps.__file__).with_name(f"{file}.py")
        every = set(re.findall(r"def (test_\w+)", path.read_text("utf-8")))
        said += [f"{name} did not run" for name in sorted((every | known.keys()) - failed - passed)]
        # Without the trial, nothing else is different in those that differ by it.
        if free := {name for name, why in known.items() if why is FREE}:
            line = "c.Grade.trial = False\n"
            more = outcomes(file, Path(place, "free"), line, "-k", " or ".join(free))
            said += [f"{name} fails without the trial, too" for name in sorted(free & more[0])]
            said += [f"{name} did not run again" for name in sorted(free - more[0] - more[1])]
    return len(passed), said


def outcomes(file: str, folder: Path, line: str = "", *more: str) -> tuple[set[str], set[str]]:
    """The tests of a file that fail, and those that pass or say themselves why they do not run."""
    (folder / "jupyter").mkdir(parents=True)
    (folder / "jupyter" / "nbgrader_config.py").write_text(TWO_LINES + line, encoding="utf-8")
    (folder / "own_plugin.py").write_text(PLUGIN, encoding="utf-8")
    unset = ("PYTEST", "PYTHONDONTWRITE")  # the second makes each start of a program slow
    env = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    env |= {
        "HOME": str(folder),
        "JUPYTER_CONFIG_PATH": str(folder / "jupyter"),
        "PYTHONPATH": os.pathsep.join([str(folder), env.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]]),  # for alembic
    }
    command = [sys.executable, "-m", "pytest", "--pyargs", f"nbgrader.tests.apps.{file}", *more]
    command += ["-p", "no:xdist", "-p", "no:nbval", "-p", "no:cacheprovider", "-p", "own_plugin"]
    command += ["-q", f"--junitxml={folder}/report.xml", f"--rootdir={folder}", "-c", "/dev/null"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    failed, passed = set[str](), set[str]()
    for case in ElementTree.parse(folder / "report.xml").getroot().iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        (failed if bad else passed).add(str(case.get("name")).partition("[")[0])
    return failed, passed - failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(DIFFERENT)))
