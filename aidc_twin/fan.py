"""One way to do many tasks at once, with the same answer as one after the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from aidc_twin.errors import EnvironmentFault

Task = TypeVar("Task")
Result = TypeVar("Result")
OnDone = Callable[[int, Any], None]
"""Told the index and the result of each task, in the caller's thread, in the order in which they end."""


@dataclass(frozen=True, slots=True)
class Fan:
    """An executor.

    Attributes
    ----------
    workers
        Tasks done at once; 1 works in the caller's own thread.
    kind
        ``threads`` for kernels that release the GIL and for waiting; ``processes`` for Python work. For these,
        functions, tasks and results are pickled, and each process imports its modules anew (about a second).
    """

    workers: int = 1
    kind: Literal["threads", "processes"] = "threads"

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"a fan needs at least 1 worker, not {self.workers}")
        if self.kind not in ("threads", "processes"):
            raise ValueError(f"a fan works with threads or processes, not {self.kind!r}")

    def map(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        on_done: OnDone | None = None,
        names: Sequence[str] | None = None,
    ) -> list[Result]:
        """Apply `function` to each task.

        Parameters
        ----------
        on_done
            Told of each result as it comes.
        names
            Names of the tasks for messages; by default their ``name`` or their number.

        Returns
        -------
        list
            Results in the order of the tasks.

        Raises
        ------
        Exception
            What the first failing task in the order of the tasks raised, with a note that names it; later ones are
            cancelled.
        EnvironmentFault
            If a worker process was killed.
        """
        named = (
            names if names is not None else [str(getattr(task, "name", number)) for number, task in enumerate(tasks)]
        )
        if len(named) != len(tasks):
            raise ValueError(f"{len(named)} names for {len(tasks)} tasks")
        if self.workers == 1 or len(tasks) < 2:
            return [_alone(function, task, index, named[index], on_done) for index, task in enumerate(tasks)]
        with _pool(self.kind, min(self.workers, len(tasks))) as pool:
            futures = [pool.submit(function, task) for task in tasks]
            _gather(futures, on_done)
            return [_result(future, name) for future, name in zip(futures, named, strict=True)]


def _alone(function: Callable[[Task], Result], task: Task, index: int, name: str, on_done: OnDone | None) -> Result:
    try:
        result = function(task)
    except Exception as error:
        _name(error, name)
        raise
    if on_done is not None:
        on_done(index, result)
    return result


def _gather(futures: Sequence[Future[Any]], on_done: OnDone | None) -> None:
    """Wait for all, or after a failure for those tasks before it that a serial run would have done."""
    places = {future: index for index, future in enumerate(futures)}
    first_failure = len(futures)
    for future in as_completed(futures):
        if future.cancelled():
            continue
        index = places[future]
        if future.exception() is not None:
            first_failure = min(first_failure, index)
            for later in futures[first_failure:]:
                later.cancel()
        elif on_done is not None and index < first_failure:
            on_done(index, future.result())
        if all(earlier.done() for earlier in futures[:first_failure]) and first_failure < len(futures):
            return


def _result(future: Future[Result], name: str) -> Result:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise EnvironmentFault(
            f"a worker process was killed while {name} or a task beside it ran; is there enough memory?"
        ) from error
    except Exception as error:
        _name(error, name)
        raise


def _name(error: Exception, name: str) -> None:
    error.add_note(f"in task {name}")


@contextmanager
def _pool(kind: str, workers: int) -> Generator[Executor, None, None]:
    """Open a pool; Ctrl-C does not wait for tasks that are still running, a failure only for those in threads."""
    if kind == "threads":
        pool: Executor = ThreadPoolExecutor(workers, thread_name_prefix="fan")
    else:
        # Forked children would inherit the locks of other threads, Polars' among them, in whatever state they are.
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin_worker)
    wait = False
    try:
        yield pool
        wait = True
    except Exception:
        wait = kind == "threads"
        raise
    finally:
        if not wait and isinstance(pool, ProcessPoolExecutor):
            _end_workers(pool)
        pool.shutdown(wait=wait, cancel_futures=True)


def _end_workers(pool: ProcessPoolExecutor) -> None:
    workers: dict[int, Any] = getattr(pool, "_processes", None) or {}
    for worker in list(workers.values()):
        worker.terminate()


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
