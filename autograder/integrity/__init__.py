"""Lines for a person to look at. None of them takes a point."""
