"""Hand in files with names that mean something to shells, globs and pages."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FILES = {
    "-rf": "",
    "$(touch pwned).txt": "",
    "; touch pwned;": "",
    "a\nb.txt": "",
    "<img src=x onerror=alert('pwned')>.txt": "",
    "..rnn": "",
    "[a-z]*.ipynb.txt": "",
    "ÄÖ😀\u202etxt.exe": "",
    " ": "",
    "deep/deep/deep/deep/deep.txt": "",
}
