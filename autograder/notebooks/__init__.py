"""From files that somebody handed in to the cells that are run."""
