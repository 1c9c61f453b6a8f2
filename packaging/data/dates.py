"""Make `reference/data/files/dates.txt.gz` with Babel, which Gatebook needs anyhow.

python packaging/data/dates.py
"""

from __future__ import annotations

import datetime

from babel.dates import format_date
from sources import shuffled, write_text

FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)
STEP = 17
"""Every 17th day is kept: 17 has no factor in common with a week, so all days of the week are there alike."""


def main() -> None:
    days = (FIRST + datetime.timedelta(days) for days in range(0, (LAST - FIRST).days + 1, STEP))
    pairs = (tuple(format_date(day, "full", locale=code) for code in ("en", "de")) for day in days)
    write_text("dates.txt.gz", shuffled("\t".join(pair) for pair in pairs))


if __name__ == "__main__":
    main()
