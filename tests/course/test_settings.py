"""`c.Gatebook`: what it can hold, and what is said of anything else."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

from autograder.course.settings import Settings, SettingsError
from autograder.grading.pipeline import Options


def settings(**given: Any) -> Settings:
    config = Config()
    for name, value in given.items():
        setattr(config.Gatebook, name, value)
    return Settings.of(config)


def test_a_course_that_says_nothing_is_graded_by_the_defaults() -> None:
    assert Options.of(Settings.of(Config())) == Options()


def test_what_is_set_reaches_the_limits() -> None:
    given = settings(
        cell_seconds=5,
        question_seconds=6.5,
        submission_seconds=70,
        memory=1,
        scratch=0.25,
        workers=2,
        sandbox="none",
        pool=5,
        device="gpu:1",
        gpu_memory=2.5,
    )
    options = Options.of(given)
    assert (options.device, options.gpu_memory) == ("gpu:1", 2.5)
    assert (options.workers, options.sandbox, options.pool) == (2, "none", 5)
    limits = options.limits
    assert (limits.cell_seconds, limits.question_seconds, limits.submission_seconds) == (5, 6.5, 70)
    assert (limits.memory, limits.scratch_bytes) == (2**30, 2**28)


def test_nbgraders_command_line_gives_texts() -> None:
    given = settings(workers=DeferredConfigString("3"), sandbox=DeferredConfigString("none"))
    assert (given.workers, given.sandbox) == (3, "none")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("memroy", 2, "There is no setting c.Gatebook.memroy. Did you mean c.Gatebook.memory?"),
        ("xyz", 2, "There is no setting c.Gatebook.xyz. There are: language, sandbox, workers,"),
        ("sandbox", "strong", "c.Gatebook.sandbox is 'strong'; it must be one of 'full', 'restricted', 'none'."),
        ("sandbox", None, "c.Gatebook.sandbox is None"),
        ("backend", "numpy", "c.Gatebook.backend is 'numpy'; it must be one of 'tensorflow', 'torch', 'jax'."),
        ("pool", 0, "c.Gatebook.pool is 0; it must be a whole number of draws, from 1 to 100."),
        ("pool", 2.5, "a whole number of draws"),
        ("workers", 0, "a whole number of submissions, at least 1"),
        ("workers", 1.5, "a whole number of submissions, at least 1"),
        ("memory", 0.1, "c.Gatebook.memory is 0.1; it must be a number of gigabytes, at least 0.5."),
        ("memory", float("nan"), "a number of gigabytes"),
        ("memory", float("inf"), "a number of gigabytes"),
        ("cell_seconds", True, "a number of seconds"),
        ("cell_seconds", "long", "c.Gatebook.cell_seconds is 'long'; it must be a number of seconds, at least 0.1."),
        ("question_seconds", [20], "a number of seconds"),
        ("device", "gpu:", "c.Gatebook.device is 'gpu:'; it must be 'cpu', 'gpu', or 'gpu:1' and so on"),
        ("device", "cuda:0", "it must be 'cpu', 'gpu'"),
        ("device", 1, "it must be 'cpu', 'gpu'"),
        ("gpu_memory", 0.1, "c.Gatebook.gpu_memory is 0.1; it must be a number of gigabytes, at least 0.25."),
        ("language", "xx", "c.Gatebook.language is 'xx'; it must be the code of a language: 'en', 'zh_CN'."),
        ("language", 7, "the code of a language"),
        (
            "formgrader",
            "hub.example.org",
            "it must be an address such as 'https://hub.example.org/user/ada/formgrader'.",
        ),
        ("formgrader", "javascript:alert(1)", "it must be an address"),
        ("formgrader", "https://hub/a b", "it must be an address"),
        ("formgrader", 8888, "it must be an address"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(name: str, value: Any, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**{name: value})
    assert said in str(refused.value)


@pytest.mark.parametrize("code", ["", "en", "en_GB", "zh", "zh-Hans", "zh_CN.UTF-8"])
def test_languages_as_people_write_them(code: str) -> None:
    assert settings(language=code).language == code
