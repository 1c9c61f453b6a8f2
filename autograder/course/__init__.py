"""The folder of a course: its settings, its submissions, its records and nbgrader's gradebook."""
