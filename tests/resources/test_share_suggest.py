"""Shipped folders and did-you-mean."""

from pathlib import Path

import pytest

import aidc_twin
from aidc_twin.errors import EnvironmentFault
from aidc_twin.resources import folder
from aidc_twin.resources.suggest import cure, listed, nearest


def test_data_folder_is_shipped() -> None:
    """The folder of facts is found, and it holds them."""
    assert (folder("data") / "facts.csv").is_file()
    with pytest.raises(ValueError, match="no shipped folder"):
        folder("../data")


def test_wheel_and_broken_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel's own copy is used; where there is none, the fault names the folder."""
    package = tmp_path / "site-packages" / "aidc_twin"
    (package / "share" / "data").mkdir(parents=True)
    monkeypatch.setattr(aidc_twin, "__file__", str(package / "__init__.py"))
    assert folder("data") == package.resolve() / "share" / "data"
    (tmp_path / "site-packages" / "models").mkdir()
    with pytest.raises(EnvironmentFault, match="models"):
        folder("models")


def test_nearest() -> None:
    """Spelling and containment find the word that was meant, in Chinese too; nonsense finds none."""
    assert nearest("serverss", ["servers", "time"]) == ["servers"]
    assert nearest("数最", ["数量", "交期"]) == ["数量"]
    assert nearest("fab_days", ["frame_fab_days", "racks"]) == ["frame_fab_days"]
    assert nearest("zzz", ["servers", "time"]) == []
    assert cure("zzz", ["b", "a"]) == "use one of a, b"
    assert listed([str(n) for n in range(20)]).endswith("… and 8 more")
