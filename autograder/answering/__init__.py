"""Carry out a question beside student code, and nothing else: in the sandbox, or in the student's kernel."""
