"""`serve ingest|writer|sandbox|all`: the services, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from core.outcome import CannotSync
from services.cli.config import settings
from services.cli.output import Exit, Stop, console
from services.config import Config
from services.running import running_ingest, running_writer
from services.sandbox.run import WEBHOOK_SECRET, Auth, Sandbox

A_DAY_S = 1.0
PAUSE = threading.Event()


@click.group()
def serve() -> None:
    """Run a service until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


@serve.command()
@click.pass_obj
def ingest(file: Path | None) -> None:
    """Take Stripe's webhooks, store them, hand them on to the writer."""
    with _started(ExitStack()) as running:
        _ingest(settings(file, ("ingest",)), running)


@serve.command()
@click.pass_obj
def writer(file: Path | None) -> None:
    """Write to NetSuite what ingest and operators ask for."""
    with _started(ExitStack()) as running:
        _writer(settings(file, ("writer",)), running)


@serve.command("all")
@click.pass_obj
def all_(file: Path | None) -> None:
    """Ingest and writer in one process."""
    with _started(ExitStack()) as running:
        config = settings(file)
        _writer(config, running)
        _ingest(config, running)


@serve.command()
@click.option("--play", is_flag=True, help="Let the merchant live his fortnight, a day a second.")
@click.option("--webhook", "urls", multiple=True, help="Where Stripe's events go.  [default: the ingest of the settings]")
@click.option(
    "--auth", type=click.Choice(["tba", "oauth2"]), default="tba", show_default=True, help="Which log-in to print settings for; both work."
)
@click.option("--latency", "latency_s", default=0.0, show_default=True, help="How long each NetSuite call takes, in seconds.")
@click.pass_obj
def sandbox(file: Path | None, play: bool, urls: tuple[str, ...], auth: Auth, latency_s: float) -> None:
    """A Stripe and a NetSuite to rehearse with, on one address."""
    config = settings(file, roles=())
    with _started(ExitStack()) as running:
        both = running.enter_context(
            Sandbox(config.sandbox.listen, latency_s=latency_s, auth=auth, wsdl=_wsdl(config), suite_tax=config.sandbox.suite_tax)
        )
        for url in urls or (f"http://{config.ingest.listen}/webhooks/stripe",):
            both.webhooks.register(url, *(config.stripe.secrets or (WEBHOOK_SECRET,)))
            console.print(f"Stripe's webhooks go to {url}")
        console.print(f"sandbox: Stripe at {both.address}/v1, NetSuite at {both.address}/services, knobs under {both.address}/sandbox")
        console.print("A connector uses it with these settings:")
        for name, value in both.environment().items():
            console.print(f"  export {name}={value}", markup=False)
        if play:
            threading.Thread(target=_play, args=(both,), name="merchant", daemon=True).start()


def _wsdl(config: Config) -> Path | None:
    """The folder of NetSuite's WSDL that the sandbox serves; Stop when the one of the settings is none."""
    if not config.sandbox.wsdl:
        return None
    folder = Path(config.sandbox.wsdl).expanduser()
    if not (folder / "netsuite.wsdl").is_file():
        raise Stop(f"sandbox.wsdl: there is no netsuite.wsdl in {folder}", Exit.WRONG_USE)
    return folder


def _play(both: Sandbox) -> None:
    for day in both.play():
        console.print(f"{day}: {len(both.world.events)} events so far")
        if PAUSE.wait(A_DAY_S):
            return


def _ingest(config: Config, running: ExitStack) -> None:
    _, server = running.enter_context(running_ingest(config))
    console.print(f"ingest: webhooks at port {server.port}, POST /webhooks/stripe; operators at port {server.operator_port}")


def _writer(config: Config, running: ExitStack) -> None:
    _, server = running.enter_context(running_writer(config))
    console.print(f"writer: gRPC at port {server.port}" + (f", GET /metrics at {config.writer.metrics}" if config.writer.metrics else ""))


@contextmanager
def _started(running: ExitStack) -> Iterator[ExitStack]:
    """What is entered in the block runs until a signal; what cannot start ends the command."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running:
        try:
            yield running
        except OSError as error:
            raise Stop(str(error), Exit.UNREACHABLE) from None
        except CannotSync as stopped:
            raise Stop(f"{stopped.failed.message}. {stopped.failed.remedy}", Exit.WRONG_USE) from None
        console.print("ready")
        stop.wait()
        console.print("stopping")
