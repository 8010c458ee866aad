"""A session of a process's own: by its life it shows that the process lives, and it hears when another one made something due."""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import psycopg

from adapters.storage.postgres_database import libpq, shown
from core.outcome import CannotSync, Failed, Kind

log = logging.getLogger(__name__)

CHANNEL = "stripe_netsuite_ingest"
OWNERS = 0x534E_4F57
"""The advisory locks of living processes: this number and the process's own."""

BEAT_S = 5.0
AGAIN_S = 1.0


class Session:
    """Holds the advisory lock (OWNERS, owner) and listens. `heard` is called for another's word, `beat` every five seconds."""

    def __init__(self, url: str, owner: int, heard: Callable[[], None], beat: Callable[[], None]) -> None:
        self._url, self._owner, self._heard, self._beat = url, owner, heard, beat
        self._stop, self._stopped = socket.socketpair()
        self._closing = threading.Event()
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="ingest-session", daemon=True)
        self._thread.start()
        try:
            ready.result()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the session. Safe to call twice."""
        if not self._closing.is_set():
            self._closing.set()
            self._stop.close()
            self._thread.join()
            self._stopped.close()

    def _run(self, ready: Future[None]) -> None:
        while not self._closing.is_set():
            try:
                self._listen(ready)
            except psycopg.Error as error:
                if not ready.done():
                    ready.set_exception(CannotSync(Failed(Kind.MISCONFIGURED, f"{shown(self._url)} cannot be used: {error}.", "Mend it.")))
                    return
                log.warning("the session with %s ended, it is begun again: %s", shown(self._url), error)
                self._closing.wait(AGAIN_S)
            except Exception:
                log.exception("the session with %s broke, it is begun again", shown(self._url))
                self._closing.wait(AGAIN_S)

    def _listen(self, ready: Future[None]) -> None:
        dsn = libpq(self._url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s, %s)", (OWNERS, self._owner))
            connection.execute(f"LISTEN {CHANNEL}")
            if not ready.done():
                ready.set_result(None)
            self._heard()
            beats_at = time.monotonic() + BEAT_S
            while not self._closing.is_set():
                readable, _, _ = select.select([connection.fileno(), self._stopped.fileno()], [], [], max(0.0, beats_at - time.monotonic()))
                if connection.fileno() in readable:
                    self._take(connection)
                if time.monotonic() >= beats_at and not self._closing.is_set():
                    connection.execute("SELECT 1")
                    self._beat()
                    beats_at = time.monotonic() + BEAT_S

    def _take(self, connection: psycopg.Connection) -> None:
        """All that was said until now; one call for all of it."""
        said = {notice.payload for notice in connection.notifies(timeout=0)}
        if said - {str(self._owner)}:
            self._heard()
