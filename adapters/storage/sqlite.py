"""A SQLite file, opened alone and written by one thread: WAL with synchronous FULL, so what is acknowledged is on the disk.

https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from adapters.storage.group_commit import GroupCommit
from adapters.storage.schema import Purpose
from adapters.storage.sqlite_file import hold, is_fault_of_operation, open_file, refusal, store_failed
from core.outcome import Failed


class SqliteStore(GroupCommit):
    """Opens (or creates, or upgrades) the file at `path`, alone.

    CannotSync (misconfigured) with a sentence when another process has it, or when the file is not ours, is newer than this
    version, or is damaged. Nothing is ever started empty over a file that is there.
    """

    def __init__(self, path: Path, purpose: Purpose) -> None:
        super().__init__(str(path))
        self._path, self._purpose = path, purpose
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = hold(path)
        except OSError as error:
            raise refusal(path, error) from error
        self._start()

    def _open(self) -> Engine:
        return open_file(self._path, self._purpose)

    def _refusal(self, error: BaseException) -> BaseException:
        return refusal(self._path, error)

    def _is_fault_of_operation(self, error: DBAPIError) -> bool:
        return is_fault_of_operation(error)

    def _failed(self, error: DBAPIError) -> tuple[Failed, bool]:
        return store_failed(self._path, error)

    def _release(self) -> None:
        self._lock.close()
