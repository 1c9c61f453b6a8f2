"""Folders that are hard to delete."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.worker.folders import remove_tree


def test_deeper_than_python_recurses(tmp_path: Path) -> None:
    """`shutil.rmtree` recurses at each level, and the path of the innermost file is longer than a path may be."""
    top = tmp_path / "top"
    top.mkdir()
    at = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("inner", dir_fd=at)
        at, outer = os.open("inner", os.O_RDONLY, dir_fd=at), at
        os.close(outer)
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)
    remove_tree(str(top))
    assert not top.exists()


def test_closed_folders_links_and_pipes(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("stays")
    top = tmp_path / "top"
    (top / "a" / "b" / "c").mkdir(parents=True)
    (top / "a" / "file").write_text("x")
    (top / "link").symlink_to(kept)
    (top / "a" / "b" / "link").symlink_to(kept)
    os.mkfifo(top / "a" / "b" / "pipe")
    (top / "a" / "b").chmod(0)
    (top / "a").chmod(0)
    remove_tree(str(top))
    assert not top.exists()
    assert (kept / "file").read_text() == "stays"


def test_what_is_not_there(tmp_path: Path) -> None:
    remove_tree(str(tmp_path / "nowhere"))
