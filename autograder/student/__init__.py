"""The student's side: public sheets only."""
