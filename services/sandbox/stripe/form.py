"""The parameters of one POST as Stripe writes them: `items[0][price]=price_1&metadata[order]=7`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.shapes import Json

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Form:
    """Each question gives the value in its own type, or refuses it as Stripe would; `where` is the path to this part."""

    values: Mapping[str, object]
    where: str = ""

    @classmethod
    def of(cls, body: bytes) -> Form:
        values: Json = {}
        try:
            items = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        except ValueError:
            raise StripeRefuses("", "Invalid request body: it is not form-encoded UTF-8.") from None
        for name, value in items:
            found = NAME.fullmatch(name)
            if found is None:
                raise StripeRefuses("parameter_unknown", f"Received unknown parameter: {name}")
            _put(values, [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])], value)
        return cls(values)

    def known(self, names: Iterable[str]) -> None:
        """Refuse what this address does not take, before anything happens."""
        for name in sorted(self.values.keys() - {*names}):
            raise StripeRefuses("parameter_unknown", f"Received unknown parameter: {self._path(name)}")

    def has(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        """None when it is absent or empty: Stripe unsets by an empty value."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise StripeRefuses("parameter_invalid_string", f"Invalid string: {self._path(name)}")
        return value or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise StripeRefuses("parameter_missing", f"Missing required param: {self._path(name)}.")
        return value

    def whole(self, name: str) -> int | None:
        """Minor units, days, counts."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise StripeRefuses("parameter_invalid_integer", f"Invalid integer: {value} ({self._path(name)})")
        return int(value)

    def amount(self, name: str = "amount") -> int:
        self.needed(name)
        return self.whole(name) or 0

    def decimal(self, name: str) -> Decimal | None:
        value = self.text(name)
        try:
            found = None if value is None else Decimal(value)
        except InvalidOperation:
            found = Decimal("nan")
        if found is not None and not found.is_finite():
            raise StripeRefuses("parameter_invalid_string", f"Invalid decimal: {value} ({self._path(name)})")
        return found

    def flag(self, name: str) -> bool:
        value = self.text(name) or "false"
        if value not in FLAGS:
            raise StripeRefuses("parameter_invalid_string", f"Invalid boolean: {value} ({self._path(name)})")
        return FLAGS[value]

    def inner(self, name: str) -> Form:
        """The part below a name: empty when it is absent."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise StripeRefuses("parameter_invalid_empty", f"Invalid object: {self._path(name)}")
        return Form(value, self._path(name))

    def texts(self, name: str) -> dict[str, str]:
        """A mapping of texts, such as metadata; an empty text removes its key."""
        part = self.inner(name) if self.values.get(name) != "" else Form({})
        return {key: part.text(key) or "" for key in part.values}

    def rows(self, name: str) -> list[Form]:
        """The parts of a list, in its order."""
        part = self.inner(name)
        return [part.inner(key) for key in sorted(part.values, key=lambda key: (len(key), key))]

    def list(self, name: str) -> Sequence[str]:
        part = self.inner(name)
        return [part.needed(key) for key in part.values]

    def _path(self, name: str) -> str:
        return f"{self.where}[{name}]" if self.where else name


def _put(values: Json, names: Sequence[str], value: str) -> None:
    """`a[]` counts on; the last of two equal names wins."""
    inside = values
    for at, name in enumerate(names):
        key = name or str(len(inside))
        if at == len(names) - 1:
            inside[key] = value
            return
        if not isinstance(inside.setdefault(key, {}), dict):
            raise StripeRefuses("parameter_invalid_string", f"Invalid string: {names[0]}")
        inside = inside[key]
