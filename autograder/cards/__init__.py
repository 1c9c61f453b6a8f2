"""One verdict, shown: in a notebook, on a page, in a terminal."""
