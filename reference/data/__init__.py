"""Small real data sets that need no internet: one module for each source.

Each module says where its data come from, under which licence, and which script in `packaging/data/` made the file that
is kept here. `LICENCES.md` has the texts of the licences. Nothing is downloaded at run time, but by `classics`, which
says so; and no file is a pickle, so reading one runs nothing. Import what you need::

    from reference.data import reviews

    sentences, scores = reviews.load()
"""
