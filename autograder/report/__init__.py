"""Reports: pure functions of verdicts and records, for notebooks, browsers, terminals and machines.

`card` one exercise, as a student sees it; `pages` a student's page and the class page; `terminal` tables and
progress; `records` the JSON that everything else can be made from again.
"""
