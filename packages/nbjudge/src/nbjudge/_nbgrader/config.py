"""nbgrader's commands and formgrader's button, made to grade with `grade`.

In any course's nbgrader_config.py:

    import nbjudge
    c = get_config()
    nbjudge.configure(c)

`configure` only names the classes of plugins.py in nbgrader's own settings, as text, so that
reading a course's settings imports nothing.
"""

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config


def configure(c: "Config") -> None:
    """Have the nbgrader commands of this course grade in the sandbox and say what they found.

    Settings of one's own stay possible below this: `c.Grade.limits`, `c.LimitOutput.max_lines` ...
    """
    c.Autograde.exporter_class = "nbjudge._nbgrader.plugins.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [
        "nbjudge._nbgrader.plugins.Grade",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # No Execute and no IgnorePattern here: what is read back from autograded/ has been judged.
    c.Autograde.autograde_preprocessors = [
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbjudge._nbgrader.plugins.AskForMarks",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # nbgrader's own list with Lint in it. Not `insert`: Formgrader reads these settings again for
    # each page, and what is inserted would be there once more each time.
    c.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.InstantiateTests",
        "nbjudge._nbgrader.plugins.Lint",  # AUTOTEST is filled in
        "nbgrader.preprocessors.LockCells",
        "nbgrader.preprocessors.ClearSolutions",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # The pages of Formgrader. A script in a learner's notebook would run in the
    # teacher's browser. Maps are left out with it.
    c.HTMLExporter.preprocessors = [
        "nbjudge._nbgrader.plugins.Explain",
        "nbjudge._nbgrader.cleaning.CapText",
    ]
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {
        "strip_files_prefix": "nbjudge._nbgrader.cleaning.sanitized",
        "clean_html": "nbjudge._nbgrader.cleaning.sanitized",
    }
    # Feedback is a page of our own, which shows no check.
    c.GenerateFeedback.exporter_class = "nbjudge._feedback.pages.FeedbackExporter"
    # A page is made anew each time: nbgrader would keep one that shows an older mark.
    c.GenerateFeedback.force = True
    c.ExportApp.plugin_class = "nbjudge._nbgrader.plugins.ExportWithStatus"
    # nbgrader's way of adding a submission, which a newer SQLAlchemy comments on each time.
    warnings.filterwarnings("ignore", message="Object of type <Submitted")
