"""What students are handed: the client that knows no answer, and an assignment as one download."""
