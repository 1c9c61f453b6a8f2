"""Import the grader's package, the reference and the exercises, as an editable install would allow."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import glob
import importlib
import os
import sys

for name in ("reference", "reference.equations", "autograder.sheets.oracle", "autograder.exercises", "autograder.sheets.seeds", "autograder.model", "autograder.exercises.rnn.rnn_step"):
    try:
        module = importlib.import_module(name)
        if getattr(module, "__file__", None) and "gatebook" not in str(module.__file__):
            print("LOOT" + "!", name, module)
        if hasattr(module, "__path__") and name != "autograder":
            print("LOOT" + "!", name, list(module.__path__))
    except Exception as error:
        print(name, type(error).__name__)
for folder in sys.path:
    for pattern in ("*gatebook*", "__editable__*", "autograder*", "reference*", "*.pth", "*.egg-link"):
        for path in glob.glob(f"{folder}/{pattern}"):
            try:
                text = open(path).read()
            except OSError:
                continue
            if "gatebook" in text.lower() and "site-packages" in path:
                print("LOOT" + "!", path)
            for line in text.splitlines():
                if os.path.isdir(line) and set(os.listdir(line)) - {".venv"}:
                    print("LOOT" + "!", line, os.listdir(line))
