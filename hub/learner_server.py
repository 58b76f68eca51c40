"""A learner's server: puts the lessons into the learner's own folder, then starts.

It runs as the learner. What the learner has changed is never overwritten.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import course

os.umask(0o077)  # homes are open to others on many machines
course.WORK = os.path.expanduser("~/reading-the-summit")
course.SHIPPED = os.path.join(course.WORK, ".shipped.json")
course.hand_out(("lessons", "data"))
os.makedirs(os.path.join(course.WORK, "exercises"), exist_ok=True)  # where "fetch" puts them
os.chdir(course.WORK)
program = os.path.join(course.BIN, "jupyterhub-singleuser")
os.execv(program, [program, *sys.argv[1:]])
