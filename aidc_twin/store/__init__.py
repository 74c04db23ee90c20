"""The run store: what was computed stays, unchanged and checkable."""

from aidc_twin.store.draft import RunDraft
from aidc_twin.store.hashes import frame_hash, json_hash
from aidc_twin.store.run import Run
from aidc_twin.store.store import RunStore

__all__ = ["Run", "RunDraft", "RunStore", "frame_hash", "json_hash"]
