"""nbgrader's settings of a learner on the hub: exercises lie where the lessons link to."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader provides it)

c.Exchange.assignment_dir = str(Path.home() / "reading-the-summit" / "exercises")
