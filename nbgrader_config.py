"""nbgrader's configuration for this course. Everything not named here is nbgrader's default."""

c = get_config()  # noqa: F821  (nbgrader provides it)

# The course. The id must be the same on every machine that exchanges assignments.
c.CourseDirectory.course_id = "gatebook"

# Where things are: `solutions/` holds the notebooks with answers, `assignments/` what students get (made from
# `solutions/`, never edited by hand). `submitted/`, `autograded/`, `feedback/` and `gradebook.db` are as
# usual.
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# `nbgrader autograde` and the Autograde button of the formgrader use Gatebook's grader. Remove these three
# settings to grade with nbgrader alone: then `check` runs in the student's own process, where a student can
# redefine it.
c.Autograde.exporter_class = "autograder.nbgrader_steps.SubmissionExporter"  # reads damaged notebooks, too
c.Autograde.sanitize_preprocessors = [
    "autograder.nbgrader_steps.RestoreCells",  # given cells as in the source, each exactly once
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_steps.GradeInSandbox",  # runs the notebook in a sandbox and asks its questions there
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "autograder.nbgrader_steps.FlagGraderFaults",  # what the grader could not grade waits for you
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "autograder.nbgrader_steps.KeepRecord",  # for `autograder report`
]

# Late submissions: "none" (no penalty) or "zero". Your own rule is a plugin, see nbgrader's documentation.
c.LateSubmissionPlugin.penalty_method = "none"

# Only when grading with nbgrader alone: importing TensorFlow and training a small network take their time.
c.Execute.timeout = 300
c.Execute.startup_timeout = 120
