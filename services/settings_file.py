"""Loads the settings and, when anything is missing or wrong, says all of it at once: the key, its environment variable, the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from services.bookkeeping import listed
from services.config import PREFIX, SECRETS, Config, all_sources

Role = Literal["ingest", "writer"]
BOTH: tuple[Role, ...] = ("ingest", "writer")

PASSWORD = re.compile(r"postgresql://(?:[^/?#@]*:[^/?#@]+@|.*[?&]password=)")

NEEDED: dict[Role, dict[str, str]] = {
    "ingest": {
        "stripe.api_key": "it tells live mode from test mode, and reads what events name",
        "stripe.webhook_secrets": "without it anybody could post events",
    },
    "writer": {
        "stripe.api_key": "it reads what events name",
        "netsuite.account": "it names the NetSuite account",
        "accounts.undeposited_funds": "payments post to it",
        "accounts.income": "items post to it",
        "accounts.payment_fees": "Stripe's fees post to it",
        "accounts.dispute_fees": "dispute fees post to it",
        "accounts.suspense": "what no other account is named for posts to it",
        "accounts.bank": "payouts arrive there; one for each settlement currency",
    },
}

# What the writer needs besides, by netsuite.auth.
NEEDED_TO_LOG_IN: dict[str, dict[str, str]] = {
    "tba": {f"netsuite.{key}": "it signs NetSuite calls" for key in ("consumer_key", "consumer_secret", "token_id", "token_secret")},
    "oauth2": {
        "netsuite.client_id": "it names the integration record",
        "netsuite.certificate_id": "it names the certificate on NetSuite's mapping page",
        "netsuite.private_key_file": "its key signs the OAuth 2.0 login",
    },
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the key, where it stands (line of the file; 0: it does not), and what to do."""

    key: str
    message: str
    line: int = 0

    @property
    def variable(self) -> str:
        """The environment variable of the same setting."""
        return PREFIX + self.key.replace(".", "__").upper()

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.key}{where}: {self.message}  [{self.variable}]"


class BadSettings(Exception):
    """Settings that nothing can start with; `problems` is all that is wrong."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problem(s) in the settings ({file or 'no file'})")


def load(file: Path | None, roles: Sequence[Role] = BOTH, *, must_exist: bool = True) -> Config:
    """The settings that `roles` can start with, or BadSettings with every problem. `file` None: the environment alone."""
    text = _read(file, must_exist=must_exist)
    problems: list[Problem] = []
    config: Config | None = None
    try:
        given = tomllib.loads(text)
        problems += [*_secrets_in_the_file(given, text), *_missing(all_sources(given), roles, text)]
        problems += _netsuite_problems(all_sources(given).get("netsuite") or {}, text) if "writer" in roles else ()
        config = Config(**given)
        problems += [Problem(".".join(where), message, line_of(text, where)) for where, message in config.problems()]
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem("file", f"is not TOML: {error}"))
    except OSError as error:
        problems.append(Problem("secrets", f"a secret's file cannot be read: {error.filename}"))
    except ValidationError as error:
        problems += [_problem(detail["loc"], detail["msg"], text) for detail in error.errors(include_input=False, include_url=False)]
    if problems or config is None:
        raise BadSettings(str(file or ""), problems)
    return config


def _read(file: Path | None, *, must_exist: bool) -> str:
    if file is None or (not must_exist and not file.exists()):
        return ""
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(str(file), [Problem("file", f"cannot be read: {error}")]) from error


def _missing(given: Mapping[str, Any], roles: Sequence[Role], text: str) -> Iterator[Problem]:
    needed = {key: why for role in roles for key, why in NEEDED[role].items()}
    if "writer" in roles:
        needed |= NEEDED_TO_LOG_IN.get(str((given.get("netsuite") or {}).get("auth", "tba")), {})
    for key, why in needed.items():
        section, name = key.split(".")
        if not (given.get(section) or {}).get(name):
            yield Problem(key, f"is not set: {why}", line_of(text, (section, name)))


def _netsuite_problems(given: Mapping[str, Any], text: str) -> Iterator[Problem]:
    """What only several settings together tell; `given` is the table [netsuite]."""
    yield from _key_problems(given, text)
    if given.get("protocol") == "soap" and given.get("auth", "tba") != "tba":
        message = 'SOAP knows token-based authentication only: set auth = "tba", or protocol = "rest", which OAuth 2.0 needs'
        yield Problem("netsuite.auth", message, line_of(text, ("netsuite", "auth")))
    wsdl = str(given.get("wsdl", ""))
    if wsdl and not Path(wsdl).expanduser().is_file():
        yield Problem("netsuite.wsdl", "is no file: name netsuite.wsdl itself", line_of(text, ("netsuite", "wsdl")))


def _key_problems(given: Mapping[str, Any], text: str) -> Iterator[Problem]:
    """Each private key that cannot be read or is of a kind that NetSuite does not take. `given` is the table [netsuite]."""
    files = [Path(file) for file in listed(str(given.get("private_key_file", "")))]
    if given.get("auth") != "oauth2" or not files:
        return
    from adapters.netsuite.certificates import read_certificates

    try:
        read_certificates(listed(str(given.get("certificate_id", ""))) or [""] * len(files), files)
    except ValueError as error:
        for message in str(error).splitlines():
            yield Problem("netsuite.private_key_file", message, line_of(text, ("netsuite", "private_key_file")))


def _secrets_in_the_file(given: dict[str, Any], text: str) -> Iterator[Problem]:
    if isinstance(given.get("storage"), dict) and PASSWORD.match(str(given["storage"].get("url"))):
        message = f"holds a password and must not stand in the file: set {PREFIX}STORAGE__URL or ..._FILE"
        yield Problem("storage.url", message, line_of(text, ("storage", "url")))
    for section, keys in SECRETS.items():
        for key in keys:
            if isinstance(given.get(section), dict) and key in given[section]:
                message = f"is a secret and must not stand in the file: set {PREFIX}{section.upper()}__{key.upper()} or ..._FILE"
                yield Problem(f"{section}.{key}", message, line_of(text, (section, key)))
    accounts = given.get("stripe_accounts")
    for account, table in accounts.items() if isinstance(accounts, dict) else ():
        for key in SECRETS["stripe"]:
            if isinstance(table, dict) and key in table:
                where = ("stripe_accounts", account, key)
                message = f"is a secret and must not stand in the file: set {PREFIX}{'__'.join(where).upper()}"
                yield Problem(".".join(where), message, line_of(text, where))


def _problem(where: tuple[int | str, ...], message: str, text: str) -> Problem:
    path = tuple(str(part) for part in where)
    said = "is not a key that we know" if message.startswith("Extra inputs") else message.removeprefix("Value error, ")
    return Problem(".".join(path), said, line_of(text, path))


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line of a TOML key, counted from 1: the key below its table's header, else the header; 0 when neither stands there."""
    found = 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            table = tuple(part.strip().strip("\"'") for part in bare.strip("[]").split("."))
            found = number if table == path[: len(table)] and not found else found
        elif "=" in bare and (*table, *(part.strip().strip("\"'") for part in bare.split("=")[0].split("."))) == path:
            return number
    return found


EXAMPLES = {
    "defaults": """
Fields of a record that are always sent, by NetSuite's names; .item: on each line. References by internal id or as "eid:<externalId>".
[defaults.invoice]
class = "5"
custbody_channel = "web"
[defaults.invoice.item]
department = "2"
[defaults.serviceSaleItem]
includeChildren = true
""",
    "mappings": """
Fields that are filled from a path in the Stripe object; a mapping beats a default, "" takes a field away that is else sent.
as: text, number, date (also of Unix times), boolean, reference (internal id), external_id. when: the first choice that fits counts.
[mappings.customerPayment]
custbody_company = "metadata.company_id"
custbody_signed_on = { from = "metadata.signed_at", as = "date" }
location = [{ when = { currency = "eur" }, value = "7" }, { from = "metadata.location_id" }]
memo = ""
[mappings.invoice.item]
custcol_sku = "price.metadata.sku"
""",
    "subsidiaries": """
Subsidiaries by rule, for customers and journal entries (transactions follow their customer); the first that fits counts.
[[subsidiaries]]
when = { "metadata.region" = "eu" }
subsidiary = "3"
""",
    "stripe_accounts": """
A connected Stripe account whose events are accepted, or another of your own; one table each. What stands here differs from the rest.
Its own key and signing secrets: STRIPE_NETSUITE_STRIPE_ACCOUNTS__ACCT_1__API_KEY and ...__WEBHOOK_SECRETS.
[stripe_accounts.acct_1]
name = "eu"
subsidiary = "3"
accounts.undeposited_funds = "111"
accounts.bank.eur = "102"
""",
}


def example() -> str:
    """A settings file with every key, its default and a sentence. Secrets stand as the variables that they come from."""
    lines = ["# stripe-netsuite: every setting with its default. A variable of the environment wins over this file."]
    for name, info in Config.model_fields.items():
        if name in EXAMPLES:
            lines += ["", *(f"# {line}" for line in EXAMPLES[name].strip().splitlines())]
            continue
        section = info.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            lines += ["", f"# {' '.join((section.__doc__ or '').split())}", f"[{name}]", *_keys(name, section)]
    return "\n".join(lines) + "\n"


def _keys(section: str, model: type[BaseModel]) -> Iterator[str]:
    for key, info in model.model_fields.items():
        yield f"# {info.description}"
        if key in SECRETS.get(section, ()):
            yield f"# {PREFIX}{section.upper()}__{key.upper()}=..."
        elif key == "bank":
            yield '# bank.usd = "101"'
        else:
            yield f"{key} = {_toml(info)}"


def _toml(info: FieldInfo) -> str:
    value = info.default
    if isinstance(value, tuple):
        return "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
