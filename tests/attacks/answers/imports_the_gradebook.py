"""Import what reads and writes the gradebook: nbgrader and its database model."""

ASSIGNMENT = "lstm"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% last
import importlib

for name in ("nbgrader", "nbgrader.api", "nbgrader.apps", "sqlalchemy", "alembic", "nbgrader.server_extensions.formgrader"):
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, type(error).__name__)
    else:
        print("LOOT" + "!", name)
