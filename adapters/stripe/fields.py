"""One Stripe object's fields with their types: what is missing or of another type is refused by name, never a KeyError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Never

from core.money import Money
from core.outcome import CannotSync, Failed, Kind
from core.snapshot import Metadata

Json = Mapping[str, Any]

LAST_MOMENT = 1 << 37
"""In the year 6325: a usual moment is none that a datetime cannot hold."""

REMEDY = "Compare the object with Stripe's reference of the pinned API version; if Stripe is right, report this with the object's id."


def refuse(message: str, remedy: str, field: str) -> Never:
    """Stop: Stripe's object cannot be taken as it is, because of this field."""
    raise CannotSync(Failed(Kind.REFUSED, message, remedy, field=field))


class Fields:
    """Typed access to one JSON object. `name` says which one in messages, such as `invoice in_1`.

    Every field of every object that is read passes here, so what is usual goes the short way."""

    __slots__ = ("_inside", "_raw", "_what")

    def __init__(self, raw: Any, what: str, inside: Fields | None = None) -> None:
        self._what = what
        self._inside = inside
        self._raw: Json = raw
        if raw.__class__ is not dict and not isinstance(raw, Mapping):
            self._raw = {}
            self._refuse("object", raw)

    @property
    def name(self) -> str:
        """What it is, inside what, and its id where it has one."""
        outer = f"{self._inside.name} " if self._inside else ""
        own = f" {self._raw['id']}" if self._raw.get("id") else ""
        return f"{outer}{self._what}{own}"

    def text(self, key: str) -> str:
        """The text, "" when absent or null."""
        value = self._raw.get(key)
        if value.__class__ is str:
            return value
        return "" if value is None else self._typed(key, str)

    def need_text(self, key: str) -> str:
        value = self._raw.get(key)
        if value.__class__ is str and value:
            return value
        return self.text(key) or self._refuse(key, self._raw.get(key))

    def flag(self, key: str) -> bool:
        value = self._raw.get(key)
        if value.__class__ is bool:
            return value
        return False if value is None else self._typed(key, bool)

    def whole(self, key: str) -> int | None:
        value = self._raw.get(key)
        if value is None or type(value) is int:
            return value
        return self._refuse(key, value)

    def need_whole(self, key: str) -> int:
        value = self.whole(key)
        return self._refuse(key, value) if value is None else value

    def decimal(self, key: str) -> Decimal | None:
        """A decimal string or a number that was parsed exactly."""
        value = self._raw.get(key)
        if value is None or isinstance(value, Decimal):
            return value
        if value.__class__ is not str and (isinstance(value, bool) or not isinstance(value, int | str)):
            return self._refuse(key, value)
        try:
            number = Decimal(value)
        except InvalidOperation:
            return self._refuse(key, value)
        return number if number.is_finite() else self._refuse(key, value)

    def money(self, key: str, currency: str) -> Money:
        minor = self._raw.get(key)
        if minor.__class__ is int:
            return Money(minor, currency)
        return Money(self.need_whole(key), currency)

    def money_or_none(self, key: str, currency: str) -> Money | None:
        return None if self._raw.get(key) is None else self.money(key, currency)

    def moment(self, key: str) -> datetime:
        """Unix seconds as an aware UTC datetime."""
        value = self._raw.get(key)
        try:
            return datetime.fromtimestamp(value if value.__class__ is int else self.need_whole(key), UTC)
        except (ValueError, OverflowError, OSError):
            return self._refuse(key, value)

    def moment_or_none(self, key: str) -> datetime | None:
        value = self._raw.get(key)
        if value.__class__ is int and 0 <= value < LAST_MOMENT:
            return datetime.fromtimestamp(value, UTC)
        return None if value is None else self.moment(key)

    def metadata(self) -> Metadata:
        raw = self._raw.get("metadata")
        if not raw:
            return {}
        return {str(key): str(value) for key, value in self._typed("metadata", Mapping).items()}

    def child(self, key: str) -> Fields | None:
        """The object under `key`; None when absent, null or an unexpanded id."""
        value = self._raw.get(key)
        return None if value is None or value.__class__ is str else Fields(value, key, self)

    def children(self, key: str) -> Sequence[Fields]:
        """The objects of an array or of a Stripe list. A list that goes on elsewhere is refused: a part is never taken for the whole."""
        value = self._raw.get(key)
        if value.__class__ is not list and isinstance(value, Mapping):
            if value.get("has_more"):
                self._refuse(f"{key} (only the first page is here)", value)
            value = value.get("data")
        if value is None:
            return ()
        if value.__class__ is not list and not isinstance(value, list | tuple):
            return self._refuse(key, value)
        return [Fields(each, key, self) for each in value]

    def reference(self, key: str) -> str:
        """The id of an expandable field, be it an id or an object; "" when null."""
        value = self._raw.get(key)
        if value.__class__ is str:
            return value
        if value.__class__ is dict and value.get("id").__class__ is str and value["id"]:
            own: str = value["id"]
            return own
        if value is None:
            return ""
        child = self.child(key)
        return child.need_text("id") if child else self.text(key)

    def raw(self, key: str) -> Any:
        return self._raw.get(key)

    def _typed(self, key: str, kind: type) -> Any:
        value = self._raw.get(key)
        if value is not None and not isinstance(value, kind):
            self._refuse(key, value)
        return value

    def _refuse(self, key: str, value: object) -> Never:
        found = "none" if value in (None, "") else f"a {type(value).__name__}"
        refuse(f"Stripe's {self.name} needs the field {key}, and has {found} of use", REMEDY, key)
