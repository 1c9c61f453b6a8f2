"""Routes to a built-in. Each is a name and the text of a cell that defines `get`, which finds by a dotted name what
`keras.layers.LSTM` finds; `direct` names it."""

# %% direct

# %% imported
import importlib

def get(name):
    found = getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2])
    return getattr(importlib.import_module(found.__module__), found.__name__)

# %% composed
import functools
import operator

def get(name):
    return functools.reduce(lambda place, letters: operator.attrgetter("".join(reversed(letters)))(place),
                            [part[::-1] for part in name.split(".")[1:]], keras)

# %% evaluated
def get(name):
    kept = {}
    exec(compile("got = " + name, "text", "exec"), globals(), kept)
    return eval("got", kept)

# %% hinted
import typing

def get(name):
    class Holder:
        __annotations__ = {"it": name}
    return typing.get_type_hints(Holder, globals())["it"]

# %% located
import pydoc

def get(name):
    return pydoc.locate(name)

# %% unpickled
import pickle

def get(name):
    package, _, last = name.rpartition(".")
    return pickle.loads(f"c{package}\n{last}\n.".encode())

# %% inherited
import functools

def get(name):
    found = functools.reduce(getattr, name.split(".")[1:], keras)
    return type("Own", (found,), {}) if isinstance(found, type) else functools.partial(found)

# %% walked
import sys

def below(kind):
    for inner in type.__subclasses__(kind):
        yield inner
        yield from below(inner)

def get(name):
    last = name.rpartition(".")[2]
    for item in below(object):
        if item.__name__ == last and item.__module__.startswith("keras.src.layers"):
            return item
    return next(vars(module)[last] for place, module in list(sys.modules.items())
                if place.startswith("keras.src.ops") and last in vars(module))

# %% reloaded
import importlib
import sys

def get(name):
    found = getattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2])
    try:
        again = importlib.reload(sys.modules[found.__module__])
    except Exception:
        return found
    return getattr(again, found.__name__)

# %% source
import inspect
import sys

def get(name):
    found = getattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2])
    try:
        place = {"__name__": found.__module__, "__package__": found.__module__.rpartition(".")[0]}
        exec(inspect.getsource(sys.modules[found.__module__]), place)
        return place[found.__name__]
    except Exception:
        return found

# %% dictionaries
import sys

def get(name):
    return vars(sys.modules[name.rpartition(".")[0]])[name.rpartition(".")[2]]

# %% rebuilt
import types

def own(item):
    if isinstance(item, types.FunctionType):
        made = types.FunctionType(item.__code__.replace(), item.__globals__, item.__name__, item.__defaults__, item.__closure__)
        made.__kwdefaults__ = item.__kwdefaults__
        return made
    return item

def get(name):
    found = getattr(getattr(keras, name.split(".")[1]), name.rpartition(".")[2])
    if not isinstance(found, type):
        return own(found)
    held = {key: own(item) for key, item in vars(found).items() if key not in ("__dict__", "__weakref__", "__classcell__")}
    return type(found)("Own", (found,), held)

# %% in_a_thread
import threading

def get(name):
    kept = []
    thread = threading.Thread(target=lambda: kept.append(getattr(getattr(keras, name.split(".")[1]), name.rpartition(".")[2])))
    thread.start()
    thread.join()
    return kept[0]
