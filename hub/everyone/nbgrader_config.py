"""nbgrader's settings that teacher and learners of the hub share: where work is handed over."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "reading-the-summit"
c.Exchange.root = str(Path(__file__).resolve().parent.parent / "exchange")
