import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from stripe_netsuite.v1 import outcome_pb2 as _outcome_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_STATE_UNSPECIFIED: _ClassVar[EventState]
    EVENT_STATE_WAITING: _ClassVar[EventState]
    EVENT_STATE_RUNNING: _ClassVar[EventState]
    EVENT_STATE_SYNCED: _ClassVar[EventState]
    EVENT_STATE_IGNORED: _ClassVar[EventState]
    EVENT_STATE_FAILED: _ClassVar[EventState]
    EVENT_STATE_SKIPPED: _ClassVar[EventState]
EVENT_STATE_UNSPECIFIED: EventState
EVENT_STATE_WAITING: EventState
EVENT_STATE_RUNNING: EventState
EVENT_STATE_SYNCED: EventState
EVENT_STATE_IGNORED: EventState
EVENT_STATE_FAILED: EventState
EVENT_STATE_SKIPPED: EventState

class StoredEvent(_message.Message):
    __slots__ = ("event_id", "type", "created", "account", "livemode", "subject_id", "state", "received_at", "settled_at", "attempts", "due_at", "reason", "failed")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    LIVEMODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    SETTLED_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    type: str
    created: _timestamp_pb2.Timestamp
    account: str
    livemode: bool
    subject_id: str
    state: EventState
    received_at: _timestamp_pb2.Timestamp
    settled_at: _timestamp_pb2.Timestamp
    attempts: int
    due_at: _timestamp_pb2.Timestamp
    reason: str
    failed: _outcome_pb2.Failed
    def __init__(self, event_id: _Optional[str] = ..., type: _Optional[str] = ..., created: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., account: _Optional[str] = ..., livemode: _Optional[bool] = ..., subject_id: _Optional[str] = ..., state: _Optional[_Union[EventState, str]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempts: _Optional[int] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...

class ListEventsRequest(_message.Message):
    __slots__ = ("state", "type", "most")
    STATE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    state: EventState
    type: str
    most: int
    def __init__(self, state: _Optional[_Union[EventState, str]] = ..., type: _Optional[str] = ..., most: _Optional[int] = ...) -> None: ...

class ListEventsResponse(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[StoredEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[StoredEvent, _Mapping]]] = ...) -> None: ...

class GetEventRequest(_message.Message):
    __slots__ = ("event_id",)
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    def __init__(self, event_id: _Optional[str] = ...) -> None: ...

class GetEventResponse(_message.Message):
    __slots__ = ("event", "attempts")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    event: StoredEvent
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    def __init__(self, event: _Optional[_Union[StoredEvent, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("number", "token", "started_at", "ended_at", "outcome", "late", "handed_on")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    HANDED_ON_FIELD_NUMBER: _ClassVar[int]
    number: int
    token: int
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    outcome: _outcome_pb2.Outcome
    late: bool
    handed_on: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, number: _Optional[int] = ..., token: _Optional[int] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., late: _Optional[bool] = ..., handed_on: _Optional[_Iterable[str]] = ...) -> None: ...

class RetryEventsRequest(_message.Message):
    __slots__ = ("event_ids", "all_failed")
    EVENT_IDS_FIELD_NUMBER: _ClassVar[int]
    ALL_FAILED_FIELD_NUMBER: _ClassVar[int]
    event_ids: _containers.RepeatedScalarFieldContainer[str]
    all_failed: bool
    def __init__(self, event_ids: _Optional[_Iterable[str]] = ..., all_failed: _Optional[bool] = ...) -> None: ...

class RetryEventsResponse(_message.Message):
    __slots__ = ("retried",)
    RETRIED_FIELD_NUMBER: _ClassVar[int]
    retried: int
    def __init__(self, retried: _Optional[int] = ...) -> None: ...

class SkipEventsRequest(_message.Message):
    __slots__ = ("event_ids", "because")
    EVENT_IDS_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    event_ids: _containers.RepeatedScalarFieldContainer[str]
    because: str
    def __init__(self, event_ids: _Optional[_Iterable[str]] = ..., because: _Optional[str] = ...) -> None: ...

class SkipEventsResponse(_message.Message):
    __slots__ = ("skipped",)
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    skipped: int
    def __init__(self, skipped: _Optional[int] = ...) -> None: ...

class Pause(_message.Message):
    __slots__ = ("account", "because", "who", "since", "until")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    account: str
    because: str
    who: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., because: _Optional[str] = ..., who: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PauseEventsRequest(_message.Message):
    __slots__ = ("account", "because", "who")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    account: str
    because: str
    who: str
    def __init__(self, account: _Optional[str] = ..., because: _Optional[str] = ..., who: _Optional[str] = ...) -> None: ...

class PauseEventsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeEventsRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    def __init__(self, account: _Optional[str] = ...) -> None: ...

class ResumeEventsResponse(_message.Message):
    __slots__ = ("resumed",)
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    resumed: int
    def __init__(self, resumed: _Optional[int] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("waiting", "running", "synced", "ignored", "failed", "skipped", "oldest_waiting_s", "last_sweep_s", "pauses", "schedules")
    WAITING_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    OLDEST_WAITING_S_FIELD_NUMBER: _ClassVar[int]
    LAST_SWEEP_S_FIELD_NUMBER: _ClassVar[int]
    PAUSES_FIELD_NUMBER: _ClassVar[int]
    SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    waiting: int
    running: int
    synced: int
    ignored: int
    failed: int
    skipped: int
    oldest_waiting_s: float
    last_sweep_s: float
    pauses: _containers.RepeatedCompositeFieldContainer[Pause]
    schedules: _containers.RepeatedCompositeFieldContainer[Schedule]
    def __init__(self, waiting: _Optional[int] = ..., running: _Optional[int] = ..., synced: _Optional[int] = ..., ignored: _Optional[int] = ..., failed: _Optional[int] = ..., skipped: _Optional[int] = ..., oldest_waiting_s: _Optional[float] = ..., last_sweep_s: _Optional[float] = ..., pauses: _Optional[_Iterable[_Union[Pause, _Mapping]]] = ..., schedules: _Optional[_Iterable[_Union[Schedule, _Mapping]]] = ...) -> None: ...

class Schedule(_message.Message):
    __slots__ = ("name", "began_at", "ended_at", "ok_at", "is_ok", "said", "due_at")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BEGAN_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    OK_AT_FIELD_NUMBER: _ClassVar[int]
    IS_OK_FIELD_NUMBER: _ClassVar[int]
    SAID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    name: str
    began_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    ok_at: _timestamp_pb2.Timestamp
    is_ok: bool
    said: str
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., began_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ok_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_ok: _Optional[bool] = ..., said: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BackfillObjectsRequest(_message.Message):
    __slots__ = ("name", "kinds", "account", "since", "until")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    kinds: _containers.RepeatedScalarFieldContainer[str]
    account: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., kinds: _Optional[_Iterable[str]] = ..., account: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BackfillObjectsResponse(_message.Message):
    __slots__ = ("at", "done", "of", "queued", "there", "failed")
    AT_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    THERE_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    at: str
    done: int
    of: int
    queued: int
    there: int
    failed: _outcome_pb2.Failed
    def __init__(self, at: _Optional[str] = ..., done: _Optional[int] = ..., of: _Optional[int] = ..., queued: _Optional[int] = ..., there: _Optional[int] = ..., failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...

class GetBackfillRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetBackfillResponse(_message.Message):
    __slots__ = ("waiting", "running", "synced", "ignored", "failed", "skipped", "under_way")
    WAITING_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    UNDER_WAY_FIELD_NUMBER: _ClassVar[int]
    waiting: int
    running: int
    synced: int
    ignored: int
    failed: int
    skipped: int
    under_way: int
    def __init__(self, waiting: _Optional[int] = ..., running: _Optional[int] = ..., synced: _Optional[int] = ..., ignored: _Optional[int] = ..., failed: _Optional[int] = ..., skipped: _Optional[int] = ..., under_way: _Optional[int] = ...) -> None: ...

class SweepEventsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SweepEventsResponse(_message.Message):
    __slots__ = ("seen", "missed", "failed")
    SEEN_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    seen: int
    missed: int
    failed: _outcome_pb2.Failed
    def __init__(self, seen: _Optional[int] = ..., missed: _Optional[int] = ..., failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...
