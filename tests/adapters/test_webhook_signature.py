"""Who may speak for Stripe, and what a body must be to name an event."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from adapters.stripe.webhook import BadEnvelope, BadSignature, Envelope, envelope, verify
from tests.adapters.webhooks import SECRET, body_of, header_of, signature, thin_body_of

NOW = 1_790_000_000.0
BODY = body_of()
GOOD = signature(BODY, at=NOW)
T = f"t={int(NOW)}"
OTHER = signature(BODY, "whsec_other", at=NOW)


@pytest.mark.parametrize(
    ("header", "secrets"),
    [
        pytest.param(f"{T},v1={GOOD}", [SECRET], id="one signature"),
        pytest.param(f"v1={GOOD},{T}", [SECRET], id="the timestamp last"),
        pytest.param(f"{T},v1={OTHER},v1={GOOD}", [SECRET], id="several signatures, ours the second"),
        pytest.param(f"{T},v1={GOOD},v0={OTHER}", [SECRET], id="another scheme beside"),
        pytest.param(f"{T},v1={GOOD}", ["whsec_new", SECRET], id="two secrets while one is rolled, the old one signed"),
        pytest.param(f"{T},v1={OTHER},v1={GOOD}", ["whsec_other", SECRET], id="both signed"),
        pytest.param(f"{T}, v1={GOOD}", [SECRET], id="a blank after the comma"),
        pytest.param(header_of(BODY, at=NOW - 300), [SECRET], id="300 s old"),
        pytest.param(header_of(BODY, at=NOW + 300), [SECRET], id="300 s ahead"),
    ],
)
def test_a_good_signature_is_believed(header: str, secrets: list[str]) -> None:
    verify(BODY, header, secrets, NOW)
    verify(BODY, header.encode(), secrets, NOW)


BAD = [
    pytest.param("", "missing", id="none"),
    pytest.param("   ", "timestamp", id="blanks"),
    pytest.param("nonsense", "timestamp", id="a word"),
    pytest.param(f"v1={GOOD}", "timestamp", id="no timestamp"),
    pytest.param(f"t=,v1={GOOD}", "timestamp", id="an empty timestamp"),
    pytest.param(f"t=now,v1={GOOD}", "timestamp", id="a timestamp of letters"),
    pytest.param(f"t=-{int(NOW)},v1={GOOD}", "timestamp", id="a negative timestamp"),
    pytest.param(f"t={NOW},v1={GOOD}", "timestamp", id="a timestamp with a fraction"),
    pytest.param(f"t=1e9,v1={GOOD}", "timestamp", id="a timestamp with an exponent"),
    pytest.param(f"t={'9' * 400},v1={GOOD}", "timestamp", id="a timestamp of 400 digits"),
    pytest.param(f"t={int(NOW)}\n,v1={GOOD}x", "no signature fits", id="a timestamp with a line break"),
    pytest.param(f"{T},{T},v1={GOOD}", "timestamp", id="two timestamps"),
    pytest.param(f"t=1,{T},v1={GOOD}", "timestamp", id="two different timestamps"),
    pytest.param(T, "no v1", id="no signature"),
    pytest.param(f"{T},v1=", "no signature fits", id="an empty signature"),
    pytest.param(f"{T},v1", "no signature fits", id="a signature without its sign"),
    pytest.param(f"{T},v0={GOOD}", "no v1", id="only an old scheme"),
    pytest.param(f"{T},v2={GOOD}", "no v1", id="only a future scheme"),
    pytest.param(f"{T},V1={GOOD}", "no v1", id="the scheme in capitals"),
    pytest.param(f"{T};v1={GOOD}", "timestamp", id="the wrong separator"),
    pytest.param(f"{T},v1={GOOD[:-1]}", "no signature fits", id="cut off"),
    pytest.param(f"{T},v1={GOOD}0", "no signature fits", id="too long"),
    pytest.param(f"{T},v1={GOOD.upper()}", "no signature fits", id="in capitals"),
    pytest.param(f"{T},v1={'0' * 64}", "no signature fits", id="all noughts"),
    pytest.param(f"{T},v1={OTHER}", "no signature fits", id="with another secret"),
    pytest.param(f"t={int(NOW) - 1},v1={GOOD}", "no signature fits", id="with another timestamp"),
    pytest.param(f"{T},v1={GOOD}é", "not ASCII", id="not ASCII"),
    pytest.param(f"{T},v1=" + "é" * 64, "not ASCII", id="not ASCII at all"),
    pytest.param(f"{T},v1={GOOD}" + ",v0=0" * 900, "too long", id="over 4 kB"),
    pytest.param(f"{T},v1={GOOD}" + "," * 100_000, "too long", id="100 kB"),
    pytest.param(header_of(BODY, at=NOW - 301), "too old", id="301 s old"),
    pytest.param(header_of(BODY, at=NOW - 30 * 86_400), "too old", id="a month old"),
    pytest.param(header_of(BODY, at=NOW + 301), "future", id="301 s ahead"),
    pytest.param(header_of(BODY, at=NOW + 86_400), "future", id="a day ahead"),
]


@pytest.mark.parametrize(("header", "says"), BAD)
def test_a_bad_signature_is_refused_with_a_reason_that_holds_no_secret(header: str, says: str) -> None:
    for given_as in (header, header.encode()):
        with pytest.raises(BadSignature) as refused:
            verify(BODY, given_as, [SECRET], NOW)
        assert says in refused.value.reason
        assert SECRET not in refused.value.reason
        assert GOOD not in refused.value.reason


@pytest.mark.parametrize(
    "changed",
    [BODY + b"\n", BODY.replace(b"1000", b"1001"), b"", BODY.replace(b"  ", b" ")],
    ids=["a line break more", "another amount", "empty", "printed anew"],
)
def test_a_changed_body_is_refused(changed: bytes) -> None:
    with pytest.raises(BadSignature, match="the body was changed on its way"):
        verify(changed, header_of(BODY, at=NOW), [SECRET], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["", SECRET]], ids=["none", "an empty one", "an empty one beside a good one"])
def test_without_a_real_secret_nothing_is_believed(secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, header_of(BODY, "", at=NOW), secrets, NOW)


def test_the_tolerance_may_be_set() -> None:
    with pytest.raises(BadSignature, match="too old"):
        verify(BODY, header_of(BODY, at=NOW - 11), [SECRET], NOW, tolerance_s=10)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40).filter(lambda secret: secret.isprintable()))
def test_stripes_own_library_signs_what_is_believed_here(body: bytes, secret: str) -> None:
    signed = stripe.WebhookSignature._compute_signature(f"{int(NOW)}." + body.decode("latin-1"), secret)
    verify(body.decode("latin-1").encode(), f"{T},v1={signed}", [secret], NOW)


@given(st.binary(max_size=300), st.one_of(st.binary(max_size=120), st.text(max_size=120)))
def test_nothing_made_up_is_believed_or_breaks_anything(body: bytes, header: bytes | str) -> None:
    with pytest.raises(BadSignature):
        verify(body, header, [SECRET], NOW)


CREATED = datetime.fromtimestamp(1_790_000_000, UTC)


@pytest.mark.parametrize(
    ("body", "then"),
    [
        pytest.param(
            body_of(), Envelope("evt_1", "charge.succeeded", CREATED, livemode=False, account="", subject_id="ch_1"), id="an event"
        ),
        pytest.param(
            body_of(account="acct_1", livemode=True),
            Envelope("evt_1", "charge.succeeded", CREATED, livemode=True, account="acct_1", subject_id="ch_1"),
            id="a live one of a connected account",
        ),
        pytest.param(
            thin_body_of(),
            Envelope(
                "evt_1", "charge.succeeded", datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC), livemode=False, account="", subject_id="ch_1"
            ),
            id="a thin event, its type without v1.",
        ),
        pytest.param(
            body_of(event_type="balance.available", data={"object": {"object": "balance"}}),
            Envelope(
                "evt_1", "balance.available", CREATED, livemode=False, account="", subject_id="", unusable="the event names no object"
            ),
            id="an object without an id",
        ),
        pytest.param(
            body_of(subject_id="gold-2020"),
            Envelope("evt_1", "charge.succeeded", CREATED, livemode=False, account="", subject_id="gold-2020"),
            id="an id that the merchant chose",
        ),
    ],
)
def test_an_event_is_read_as_far_as_it_names_its_subject(body: bytes, then: Envelope) -> None:
    assert envelope(body) == then


@pytest.mark.parametrize(
    "subject_id",
    ["ch_1/../../invoices/in_1", "ch_1?expand=x", "ch 1", "ch_1\n", "ch_\x00", "ché", "..", "x" * 256, "ch_1%2F", "<b>"],
)
def test_a_strange_subject_id_is_not_taken_over(subject_id: str) -> None:
    read = envelope(body_of(subject_id=subject_id))
    assert read.subject_id == ""
    assert "the id of the event's object" in read.unusable


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(BODY[:-20], "not JSON, or is cut off", id="cut off"),
        pytest.param(BODY + b"}", "not JSON", id="with more behind it"),
        pytest.param(b"\xff\xfe" + BODY, "not UTF-8", id="not UTF-8 at the start"),
        pytest.param(BODY.replace("ü".encode(), b"\xfc"), "not UTF-8", id="not UTF-8 in a value that is not used"),
        pytest.param("\ufeff".encode() + BODY, "not JSON", id="with a byte order mark"),
        pytest.param(BODY.decode().encode("utf-16"), "not UTF-8", id="in UTF-16"),
        pytest.param(b"[]", "no Stripe event", id="an array"),
        pytest.param(b"null", "no Stripe event", id="null"),
        pytest.param(b'"evt_1"', "no Stripe event", id="a string"),
        pytest.param(b"{}", "no Stripe event", id="an empty object"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "", id="100,000 deep"),
        pytest.param(b'{"data":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "", id="100,000 deep inside an object"),
        pytest.param(b"[" * 100_000, "", id="100,000 open brackets"),
        pytest.param(body_of(object="charge"), "neither event nor", id="another object"),
        pytest.param(body_of(object=["event"]), "no Stripe event", id="an object that is a list"),
        pytest.param(body_of(event_id=""), "event's id", id="an empty id"),
        pytest.param(body_of(event_id="evt_1/2"), "event's id", id="a path in the id"),
        pytest.param(body_of(event_id="evt_1\n"), "event's id", id="a line break in the id"),
        pytest.param(body_of(event_id="e" * 256), "event's id", id="an id of 256 letters"),
        pytest.param(body_of(event_type="charge succeeded"), "event's type", id="a blank in the type"),
        pytest.param(body_of(account="acct/1"), "event's account", id="a path in the account"),
        pytest.param(body_of(id=7), "no Stripe event", id="an id that is a number"),
        pytest.param(body_of(id=[]), "no Stripe event", id="an id that is a list"),
        pytest.param(body_of(livemode="false"), "no Stripe event", id="a livemode in quotes"),
        pytest.param(body_of(livemode=0), "no Stripe event", id="a livemode that is a number"),
        pytest.param(body_of(created="today"), "created", id="a created in words"),
        pytest.param(body_of(created=-1), "created", id="a negative created"),
        pytest.param(body_of(created=10**30), "", id="a created of 31 digits"),
        pytest.param(body_of(created=1.5), "no Stripe event", id="a created with a fraction"),
        pytest.param(body_of(data=[]), "no Stripe event", id="data that is a list"),
        pytest.param(body_of(data={"object": "ch_1"}), "no Stripe event", id="a subject that is a string"),
        pytest.param(body_of(data={"object": {"id": 5}}), "no Stripe event", id="a subject id that is a number"),
        pytest.param(BODY.replace(b'"evt_1"', b'"\\ud800"'), "", id="half of a surrogate pair"),
        pytest.param(BODY.replace(b"1000", b"NaN"), "not JSON", id="NaN"),
        pytest.param(thin_body_of().replace(b"2026-03-01T12:00:00.250Z", b"yesterday"), "created", id="a thin event of yesterday"),
        pytest.param(thin_body_of().replace(b".250Z", b""), "time zone", id="a thin event without a time zone"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(body: bytes, says: str) -> None:
    with pytest.raises(BadEnvelope) as refused:
        envelope(body)
    assert says in refused.value.reason
    assert len(refused.value.reason) < 300
    assert sys.getrecursionlimit() < 10_000


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    with pytest.raises(BadEnvelope):
        envelope(body)


def test_the_last_of_two_equal_keys_counts_and_only_one_place_reads_it() -> None:
    assert envelope(BODY.replace(b'"type":', b'"type": "x.y", "type":')).type == "charge.succeeded"
