"""`autograder doctor`: what works on this machine."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import msgspec

from autograder.cards.console import console as make_console
from autograder.commands.refusals import refused
from autograder.quiet import quiet_stderr
from autograder.sheets import fingerprints


def doctor(*, as_json: bool = False) -> int:
    """What works on this machine."""
    from autograder.running import sandbox

    console = make_console()
    found: dict[str, Any] = {"versions": fingerprints.versions(), "sandbox": sandbox.probe(), "gpus": _gpus()}
    unfit = refused(make_console(stderr=True))
    with quiet_stderr():
        if importlib.util.find_spec("tensorflow"):
            import tensorflow as tf

            found["devices"] = [device.name for device in tf.config.list_physical_devices()]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found, enc_hook=str) + b"\n")
        return 1 if unfit else 0
    for name, version in found["versions"].items():
        console.print(f"{name:12} {version}", markup=False, highlight=False)
    console.print(f"{'devices':12} {', '.join(found.get('devices', []))}", markup=False, highlight=False)
    console.print(f"{'gpu':12} {found['gpus']}", markup=False, highlight=False, soft_wrap=True)
    for status in found["sandbox"]:
        works = f"works ({', '.join(status.layers)})"
        if not status.works:
            works = f"not here: {status.missing} {status.advice}".strip()
        console.print(f"{'sandbox':12} {status.level}: {works}", markup=False, highlight=False, soft_wrap=True)
    working = [status.level for status in found["sandbox"] if status.works]
    if working[0] == "restricted":
        console.print(
            f'{"":12} Grade with `--sandbox restricted`, or c.Gatebook.sandbox = "restricted" in nbgrader_config.py.',
            markup=False,
        )
    return 1 if unfit else 0


def _gpus() -> str:
    """What `--device gpu` would find, in a line."""
    from autograder.running import devices

    try:
        found = devices.gpus()
    except devices.DeviceError as error:
        return f"not here: {error.why}"
    return "; ".join(f"gpu:{number} {one}" for number, one in enumerate(found))
