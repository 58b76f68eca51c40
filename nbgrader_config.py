"""nbgrader's settings for this course, read when nbgrader runs in the course folder."""

import nbjudge

c = get_config()  # noqa: F821 (nbgrader provides it)

# Learners' code runs in a sandbox, and checks run outside of it: see packages/nbjudge/README.md.
nbjudge.configure(c)

# The folders of the course. Solutions are the source; exercises are made from them.
c.CourseDirectory.course_id = "reading-the-summit"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# The stub (answer = ..., or code with a bug) stands outside the solution region, so only a hint
# replaces the region.
c.ClearSolutions.code_stub = {"python": "# Change the lines above."}

# What a page of feedback, and the report on a class, say of a misconception and where to look.
c.Guide.misconceptions = "data/misconceptions.csv"
c.Guide.where_to_look = "teaching/where_to_look.csv"
# Learners have the released files in exercises/ too, and some hand in those.
c.Guide.learners_folder = "work"

# For nbgrader's own zip_collect (nbjudge collect needs none of this): how Moodle
# ("Full Name_12_assignsubmission_file/") and Canvas ("fullname_LATE_12_34_", and with hidden names
# "LATE_anon_xK3fQ_34_") name downloaded files. An exercise has one notebook, named as its folder,
# so a renamed one is known too. Copies by Jupyter and macOS are left out.
c.FileNameCollectorPlugin.named_regexp = (
    r"(?!.*(?:-checkpoint\.|__MACOSX)).*[/\\](?P<file_id>[^/\\]+)[/\\]extracted[/\\]"
    r"(?:.*?[/\\])??(?:(?:LATE_)?anon_|(?!(?:LATE_)?anon_)(?:[^/\\]*?_)??)"
    r"(?P<student_id>(?<=anon_)[A-Za-z0-9]+|\d+)_(?:assignsubmission_file|\d+_)"
)
