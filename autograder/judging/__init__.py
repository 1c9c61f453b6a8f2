"""From a sheet and raw answers to verdicts and points. Runs with the student, too; knows no exercise."""
