"""Whether other accounts of this machine can read the course: its solutions and grades."""

import os
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from nbjudge._nbgrader.gradebook import CourseError

FIRST_PERSON, LAST_PERSON = 1000, 60_000  # the numbers of people's accounts on Linux
NO_SHELL = ("nologin", "false", "sync")


def other_people() -> list[str]:
    """The accounts of this machine that somebody else can log in with."""
    try:
        import pwd
    except ImportError:  # Windows
        return []
    return sorted(
        entry.pw_name
        for entry in pwd.getpwall()
        if FIRST_PERSON <= entry.pw_uid < LAST_PERSON
        and entry.pw_uid != os.getuid()
        and os.path.basename(entry.pw_shell) not in NO_SHELL
    )


def open_to_others(folder: Path, group: bool = True) -> bool:
    """Whether other people may enter a folder, or read the names in it.

    `group` asks of the folder's group, too, if somebody else is in it. A folder above that nobody
    else may enter closes it.
    """
    about = folder.stat()
    with_group = group and has_other_members(about.st_gid)
    if not about.st_mode & (0o055 if with_group else 0o005):
        return False
    enter = 0o011 if with_group else 0o001
    return all(above.stat().st_mode & enter for above in folder.resolve().parents)


def has_other_members(number: int) -> bool:
    """Whether one of the other people is in the group of this number."""
    import grp
    import pwd

    people = other_people()
    try:
        members = grp.getgrgid(number).gr_mem
    except KeyError:
        members = []
    return any(name in members or pwd.getpwnam(name).pw_gid == number for name in people)


def closing_command(course: CourseDirectory) -> str:
    """What closes the course folder; "" when it is closed, or nobody else has an account here."""
    root, shared = Path(course.root), course.groupshared
    if not other_people() or not open_to_others(root, group=not shared):
        return ""
    return f"chmod {'o' if shared else 'go'}-rwx {root}"


def require_closed(course: CourseDirectory) -> None:
    """Raises CourseError, with the command that mends it, when others can read the course."""
    if command := closing_command(course):
        people = other_people()
        some = ", ".join(people[:3]) + ", ..." * (len(people) > 3)
        raise CourseError(
            f"Others on this machine ({some}) can read the course, its solutions and grades. "
            f"Type this first: {command}"
        )
