"""Ingest as a running service, in one process: the webhook server and the dispatcher on one event loop, the operators' gRPC beside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

import grpc
import uvloop
from stripe_netsuite.v1 import ingest_pb2, ingest_pb2_grpc

from core.ports import Writer
from services.grpc_server import NOBODY, GrpcServer
from services.ingest.app import IngestApp, WebhookEndpoint
from services.ingest.catching_up import CatchingUp
from services.ingest.dispatcher import Dispatcher, Observer
from services.ingest.inbox import Inbox
from services.ingest.listener import Listener
from services.ingest.metrics import IngestMetrics
from services.ingest.servicer import IngestServicer
from services.tls import TlsSection

log = logging.getLogger(__name__)

SERVICE = ingest_pb2.DESCRIPTOR.services_by_name["IngestService"].full_name
STOP_WITHIN_S = 30.0
ANSWER_WITHIN_S = 10.0


class IngestServer:
    """Everything that ingest runs. `writer` is called, once, on the event loop, for a gRPC channel belongs to its loop.

    `listen` and `operator` are `host:port`; port 0 takes a free one, and `port` and `operator_port` then say which. OSError when an
    address is taken. `release_leases` frees at the start what a dead predecessor had claimed: right while one ingest has the store,
    because the writer takes turns by record."""

    def __init__(
        self,
        inbox: Inbox,
        endpoints: Mapping[str, WebhookEndpoint],
        writer: Callable[[], Writer],
        reason_to_ignore: Callable[[str], str],
        coalesce_key: Callable[[str], str],
        *,
        listen: str = "127.0.0.1:0",
        operator: str = "127.0.0.1:0",
        in_flight: int = 8,
        deadline_s: float = 120.0,
        observe: Observer | None = None,
        release_leases: bool = True,
        catching_up: CatchingUp | None = None,
        tls: TlsSection | None = None,
    ) -> None:
        self._inbox, self._make_writer, self._coalesce_key = inbox, writer, coalesce_key
        self._in_flight, self._deadline_s, self._observe, self._release = in_flight, deadline_s, observe, release_leases
        self._catching_up = catching_up
        self.metrics = IngestMetrics(inbox.stats, lambda: inbox.altered)
        if catching_up:
            catching_up.found = self._found
        self._not_ready = "starting"
        self._app = IngestApp(inbox, endpoints, reason_to_ignore, self.metrics, ready=lambda: self._not_ready)
        self._http = Listener(listen)
        self.port = self._http.port
        try:
            self._operator = GrpcServer(
                operator, SERVICE, self._add_servicer, 8, tls.identity if tls else None, tls.ingest_callers if tls else NOBODY
            )
        except OSError:
            self._http.close()
            raise
        self.operator_port = self._operator.port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: Dispatcher | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run on a thread of its own; returns when webhooks are accepted."""
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="ingest", daemon=True)
        self._thread.start()
        ready.result()

    def stop(self) -> None:
        """Stop a started server: accept nothing more, let what is under way end within 30 s. The inbox stays open."""
        if self._thread and self._loop and self._stop:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def run_forever(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Run on this (the main) thread until SIGTERM or SIGINT, then stop as `stop` does."""
        ready: Future[None] = Future()
        ready.add_done_callback(lambda done: None if done.exception() else on_ready())
        self._run(ready, signals=(signal.SIGTERM, signal.SIGINT))
        ready.result()

    def _run(self, ready: Future[None], signals: tuple[signal.Signals, ...] = ()) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._main(ready, signals))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    async def _main(self, ready: Future[None], signals: tuple[signal.Signals, ...]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        for number in signals:
            self._loop.add_signal_handler(number, self._stop.set)
        if self._release and (freed := await asyncio.to_thread(self._inbox.release)):
            log.info("%s objects that were claimed before the restart are due again", freed)
        writer = self._make_writer()
        dispatcher = self._dispatcher = self._make_dispatcher(writer)
        self._app.on_accept = dispatcher.wake
        self._inbox.watch(self._work_changed)
        await self._http.serve(self._app)
        self._not_ready = ""
        dispatching = asyncio.create_task(dispatcher.run())
        stopped = asyncio.create_task(self._stop.wait())
        self._operator.start()
        ready.set_result(None)
        if self._catching_up:
            self._catching_up.start()
        await asyncio.wait((stopped, dispatching), return_when=asyncio.FIRST_COMPLETED)
        self._not_ready = "stopping"
        if self._catching_up:
            await asyncio.to_thread(self._catching_up.stop)
        await asyncio.gather(self._http.stop(ANSWER_WITHIN_S), dispatcher.stop(STOP_WITHIN_S))
        stopped.cancel()
        await asyncio.to_thread(self._operator.stop, 1)
        await dispatching
        if close := getattr(writer, "close", None):
            await close()

    def _make_dispatcher(self, writer: Writer) -> Dispatcher:
        return Dispatcher(
            self._inbox,
            writer,
            self._coalesce_key,
            in_flight=self._in_flight,
            deadline_s=self._deadline_s,
            observe=self._observe,
            metrics=self.metrics,
        )

    def _add_servicer(self, server: grpc.Server) -> None:
        ingest_pb2_grpc.add_IngestServiceServicer_to_server(IngestServicer(self._inbox, self._work_changed, self._catching_up), server)

    def _found(self, missed: int) -> None:
        self.metrics.missed(missed)
        if missed:
            log.warning("%s events were never delivered, and are stored now", missed)
            self._work_changed()

    def _work_changed(self) -> None:
        if self._loop and self._dispatcher:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._dispatcher.wake)
