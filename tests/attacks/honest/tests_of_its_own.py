"""sys.modules[__name__] for the test loader and doctest; currentframe for a log; gc.get_objects count."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% append rnn_step
import sys, doctest, unittest, inspect
print(doctest.testmod(sys.modules["__main__"], verbose=False))
print(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]).countTestCases())
print("keras" in sys.modules, "google.colab" in sys.modules, sys.modules.get("torch"))
from re import compile
print(compile("a+").match("aa"))
