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

# How Gatebook grades; an option of a command goes before what stands here. Uncomment what should be different.
# c.Gatebook.language = "zh_CN"  # cards, feedback and pages; the reader's own language may differ
# c.Gatebook.sandbox = "restricted"  # where no namespaces can be had, e.g. in a container; "full" by default
# c.Gatebook.workers = 4  # submissions at a time, for `autograder grade`; one per core by default
# c.Gatebook.cell_seconds = 60  # what one cell may take
# c.Gatebook.question_seconds = 20  # what one question may take; six times as much where it trains a model
# c.Gatebook.submission_seconds = 600  # what a submission may take in all
# c.Gatebook.memory = 2  # gigabytes that the processes of one submission may hold
# c.Gatebook.scratch = 0.5  # gigabytes of files that one submission may write
# c.Gatebook.pool = 3  # draws of secret cases at a time, at most; a class of less than 40 has one
# c.Gatebook.formgrader = "https://hub.example.org/user/ada/formgrader"  # pages of students lead there

# Late submissions: "none" (no penalty) or "zero". Your own rule is a plugin, see nbgrader's documentation.
c.LateSubmissionPlugin.penalty_method = "none"

# Only when grading with nbgrader alone: importing TensorFlow and training a small network take their time.
c.Execute.timeout = 300
c.Execute.startup_timeout = 120
