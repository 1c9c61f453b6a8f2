"""The class of `autograder demo`: who is in it, what each of them wrote, and the notebooks that come of it."""
