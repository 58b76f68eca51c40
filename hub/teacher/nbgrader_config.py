"""nbgrader's settings of the teacher on the hub: where the folder of the course is."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.root = str(Path.home() / "reading-the-summit")
