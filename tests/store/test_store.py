"""Runs are published whole, found again, and any later change is noticed."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from aidc_twin.errors import EnvironmentFault, InputError
from aidc_twin.store import RunStore

AT = dt.datetime(2026, 10, 1, 8)


def names(store: RunStore) -> list[str]:
    """Ids of all runs in order."""
    return [run.id for run in store.list()]


def test_published_run_reads_back(store: RunStore) -> None:
    """Frames, JSON, text and manifest come back as they were written."""
    frame = pl.DataFrame({"unit": ["甲", None], "output_yuan": [10**11, 2]})
    with store.begin("plan", "tiny", AT) as draft:
        draft.write_frame("output", frame)
        draft.write_json("summary", {"gap": 0.5})
        draft.write_text("report/page.html", "<p>双千亿</p>")
        run = draft.publish({"seed": 7, "status": "not_replayable"})
    assert run.frame("output").equals(frame)
    assert run.json("summary") == {"gap": 0.5}
    assert run.text("report/page.html") == "<p>双千亿</p>"
    assert (run.kind, run.park, run.at, run.status) == ("plan", "tiny", "2026-10-01T08:00:00", "not_replayable")
    assert run.manifest["seed"] == 7
    assert store.get(run.id) == run
    assert run.check() == ()


def test_made_id_tells_the_time_it_was_given(store: RunStore) -> None:
    """An id is the caller's time and a random part."""
    with store.begin("plan", "tiny", AT) as draft:
        assert draft.id.startswith("20261001-080000-")
        assert len(draft.id) == 22


def test_runs_are_listed_in_order_of_publication(store: RunStore, children: ModuleType) -> None:
    """Sequence numbers follow publication, whatever the ids are."""
    for run_id in ("zeta", "alpha", "mid"):
        children.publish(store.root, 1, run_id)
    assert [(run.sequence, run.id) for run in store.list()] == [(1, "zeta"), (2, "alpha"), (3, "mid")]
    assert store.get("latest").id == "mid"


def test_unpublished_draft_leaves_nothing(store: RunStore) -> None:
    """A block that fails removes its files."""
    with pytest.raises(KeyError), store.begin("plan", "tiny", AT) as draft:
        draft.write_json("summary", {})
        raise KeyError("x")
    assert store.list() == ()
    assert not draft.path.exists()


def test_get_takes_a_unique_beginning(store: RunStore, children: ModuleType) -> None:
    """A beginning is enough if only one run has it; an exact id wins over longer ones."""
    for run_id in ("base", "base-2", "other"):
        children.publish(store.root, 1, run_id)
    assert store.get("o").id == "other"
    assert store.get("base").id == "base"
    with pytest.raises(InputError, match=r"one of base, base-2"):
        store.get("bas")


@pytest.mark.parametrize("wanted", ["", "nope", "../other", "latest"])
def test_get_names_what_there_is(store: RunStore, wanted: str) -> None:
    """An unknown run is an input error that says what could be asked for."""
    with pytest.raises(InputError, match="the store is empty"):
        store.get(wanted)


@pytest.mark.parametrize(
    "run_id",
    [
        *["", ".", "..", "../x", "a/b", "a\\b", "/etc", "-rf", ".hidden", "a b", "ä", "x" * 65, "a\n", "a\0", "a."],
        *["CON", "nul.txt", "com1", "LPT9.x", "latest", "LATEST", "\u202ea", "~", "a:b", "%2e%2e"],
    ],
)
def test_ids_cannot_leave_the_store(store: RunStore, run_id: str, tmp_path: Path) -> None:
    """An id outside the allowlist is refused before anything is written."""
    with pytest.raises(InputError, match="A-Z a-z 0-9"):
        store.begin("plan", "tiny", AT, run_id)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x.txt", "/x.txt", "a/../../x", "a//b", "", "nul", ".x", "a/.x", "x\\y", "é.txt"])
def test_file_names_cannot_leave_the_run(store: RunStore, name: str) -> None:
    """A file name outside the allowlist is refused."""
    with store.begin("plan", "tiny", AT) as draft, pytest.raises(InputError):
        draft.write_text(name, "x")


@pytest.mark.parametrize("name", ["summary.json", "SUMMARY.json", "manifest.json"])
def test_files_of_a_draft_are_written_once(store: RunStore, name: str) -> None:
    """A name that is used, also in other letters, and the manifest's are refused."""
    with store.begin("plan", "tiny", AT) as draft:
        draft.write_json("summary", {})
        with pytest.raises(ValueError, match="written already"):
            draft.write_text(name, "x")


def test_ids_are_used_once(store: RunStore, children: ModuleType) -> None:
    """Neither a published run nor an open draft gives its id away."""
    children.publish(store.root, 1, "base")
    with store.begin("plan", "tiny", AT, "other"):
        for run_id in ("base", "other"):
            with pytest.raises(InputError, match="an id that no run has"):
                store.begin("plan", "tiny", AT, run_id)
    with store.begin("plan", "tiny", AT, "other") as draft:
        draft.publish({})
    assert names(store) == ["base", "other"]


def test_callers_cannot_overwrite_the_stores_own_keys(store: RunStore) -> None:
    """The manifest's hashes and id are the store's."""
    with store.begin("plan", "tiny", AT) as draft, pytest.raises(ValueError, match="belong to the store"):
        draft.publish({"files": {}})


def test_nan_is_no_json(store: RunStore) -> None:
    """NaN is refused when it is written, not when someone reads it."""
    with store.begin("plan", "tiny", AT) as draft, pytest.raises(ValueError, match="not JSON compliant"):
        draft.write_json("summary", {"gap": float("nan")})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda run: (run / "result.json").write_text("{}"), "altered-file"),
        (lambda run: (run / "result.json").unlink(), "missing-file"),
        (lambda run: (run / "new.txt").write_text("x"), "extra-file"),
        (lambda run: (run / "report" / "new.txt").write_text("x"), "extra-file"),
    ],
)
def test_check_finds_later_changes(store: RunStore, children: ModuleType, change, code: str) -> None:
    """A changed, missing or added file is named."""
    run_id = children.publish(store.root, 1)
    assert store.check("latest") == ()
    change(store.root / run_id)
    assert [problem.code for problem in store.check("latest")] == [code]


def test_check_finds_a_link_to_the_outside(store: RunStore, children: ModuleType, tmp_path: Path) -> None:
    """A file replaced by a link is not followed, even if its bytes are right."""
    run = store.root / children.publish(store.root, 1)
    (run / "result.json").rename(tmp_path / "elsewhere.json")
    (run / "result.json").symlink_to(tmp_path / "elsewhere.json")
    assert [problem.code for problem in store.check("latest")] == ["outside-file"]


def test_check_finds_a_changed_manifest(store: RunStore, children: ModuleType) -> None:
    """Content hashes in the manifest must be those of the files."""
    path = store.root / children.publish(store.root, 1) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["content_hash"] = "0" * 64
    path.write_text(json.dumps(manifest))
    assert [problem.code for problem in store.check("latest")] == ["altered-manifest"]


@pytest.mark.parametrize("damage", ["removed", "garbage", "empty", "no table"])
def test_catalogue_is_made_again_from_the_folders(store: RunStore, children: ModuleType, damage: str) -> None:
    """A missing or damaged catalogue loses no run, and new runs follow the old ones."""
    ids = [children.publish(store.root, seed, f"run-{seed}") for seed in range(3)]
    path = store.root / "catalogue.sqlite"
    path.unlink()
    if damage == "no table":
        sqlite3.connect(path).close()
    elif damage != "removed":
        path.write_bytes(b"not a database" * 500 if damage == "garbage" else b"")
    assert names(store) == ids
    assert names(RunStore(store.root)) == ids
    children.publish(store.root, 9, "a-new-one")
    assert names(store) == [*ids, "a-new-one"]


def test_damaged_page_inside_the_catalogue_is_mended(store: RunStore, children: ModuleType) -> None:
    """Damage behind a sound header is found when the catalogue is read or written."""
    ids = [children.publish(store.root, seed, f"run-{seed}") for seed in range(3)]
    path = store.root / "catalogue.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    assert names(store) == ids


def test_folders_of_others_are_left_alone(store: RunStore, children: ModuleType) -> None:
    """Notes, foreign folders and a damaged manifest do not hide the runs."""
    run_id = children.publish(store.root, 1)
    (store.root / "notes").mkdir()
    (store.root / "readme.txt").write_text("mine")
    for name, text in (("broken", "{"), ("deep", "[" * 100_000), ("other", '{"schema": 1}'), ("list", "[]")):
        (store.root / name).mkdir()
        (store.root / name / "manifest.json").write_text(text)
    assert names(store) == [run_id]
    with pytest.raises(InputError, match="damaged manifest"):
        store.get("broken")


def test_manifest_cannot_point_outside(store: RunStore, children: ModuleType) -> None:
    """A manifest that lists a file outside its run is not taken as one."""
    path = store.root / children.publish(store.root, 1) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["../../secret"] = manifest["files"]["result.json"]
    path.write_text(json.dumps(manifest))
    assert store.list() == ()


def test_removed_run_is_gone(store: RunStore, children: ModuleType) -> None:
    """Who removes a folder by hand removes the run, and no number is given twice."""
    children.publish(store.root, 1, "first")
    children.publish(store.root, 1, "second")
    (store.root / "second").rename(store.root.parent / "second")
    assert names(store) == ["first"]
    children.publish(store.root, 1, "third")
    assert [run.sequence for run in store.list()] == [1, 3]


def test_newer_catalogue_is_refused(store: RunStore, children: ModuleType) -> None:
    """A store that a newer program wrote is neither read nor changed."""
    children.publish(store.root, 1)
    connection = sqlite3.connect(store.root / "catalogue.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for use in (store.list, lambda: store.get("latest"), lambda: store.begin("plan", "tiny", AT)):
        with pytest.raises(EnvironmentFault, match="newer aidc-twin"):
            use()


def test_newer_manifest_is_refused(store: RunStore, children: ModuleType) -> None:
    """One run of a newer schema is enough to refuse, also without a catalogue."""
    path = store.root / children.publish(store.root, 1) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2}))
    (store.root / "catalogue.sqlite").unlink()
    with pytest.raises(EnvironmentFault, match="upgrade"):
        store.list()


def test_reading_makes_nothing(store: RunStore) -> None:
    """Listing a store that does not exist finds no run and makes no folder."""
    assert store.list() == ()
    assert not store.root.exists()


def test_root_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    """A root that cannot be a folder is a fault of the environment, on one line, naming the path."""
    (tmp_path / "runs").write_text("x")
    for use in (RunStore(tmp_path / "runs").list, lambda: RunStore(tmp_path / "runs").begin("plan", "tiny", AT)):
        with pytest.raises(EnvironmentFault) as fault:
            use()
        assert str(tmp_path / "runs") in str(fault.value)
        assert "\n" not in str(fault.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_read_only_store_can_be_read(store: RunStore, children: ModuleType) -> None:
    """A store without the right to write is listed, and beginning a run says why not."""
    ids = [children.publish(store.root, seed) for seed in range(2)]
    store.root.chmod(0o500)
    try:
        assert names(store) == ids
        with pytest.raises(EnvironmentFault, match="permission is denied"):
            store.begin("plan", "tiny", AT)
    finally:
        store.root.chmod(0o700)


def test_store_on_a_medium_that_cannot_be_written_is_read(
    store: RunStore, children: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a right to write, runs keep their order, with and without a catalogue."""
    ids = [children.publish(store.root, seed, f"run-{seed}") for seed in range(3)]
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert names(store) == ids
    (store.root / "catalogue.sqlite").unlink()

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert names(store) == ids
    assert not (store.root / "catalogue.sqlite").exists()
