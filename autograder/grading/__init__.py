"""The order of the stages for one submission, for a class and for a release."""
