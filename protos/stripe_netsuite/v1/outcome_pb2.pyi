import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FailureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_KIND_UNSPECIFIED: _ClassVar[FailureKind]
    FAILURE_KIND_BUSY: _ClassVar[FailureKind]
    FAILURE_KIND_NOT_READY: _ClassVar[FailureKind]
    FAILURE_KIND_REFUSED: _ClassVar[FailureKind]
    FAILURE_KIND_PERIOD_CLOSED: _ClassVar[FailureKind]
    FAILURE_KIND_MISCONFIGURED: _ClassVar[FailureKind]
    FAILURE_KIND_GONE: _ClassVar[FailureKind]
    FAILURE_KIND_AMBIGUOUS: _ClassVar[FailureKind]
    FAILURE_KIND_BLOCKED: _ClassVar[FailureKind]
FAILURE_KIND_UNSPECIFIED: FailureKind
FAILURE_KIND_BUSY: FailureKind
FAILURE_KIND_NOT_READY: FailureKind
FAILURE_KIND_REFUSED: FailureKind
FAILURE_KIND_PERIOD_CLOSED: FailureKind
FAILURE_KIND_MISCONFIGURED: FailureKind
FAILURE_KIND_GONE: FailureKind
FAILURE_KIND_AMBIGUOUS: FailureKind
FAILURE_KIND_BLOCKED: FailureKind

class Outcome(_message.Message):
    __slots__ = ("synced", "ignored", "failed")
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    synced: Synced
    ignored: Ignored
    failed: Failed
    def __init__(self, synced: _Optional[_Union[Synced, _Mapping]] = ..., ignored: _Optional[_Union[Ignored, _Mapping]] = ..., failed: _Optional[_Union[Failed, _Mapping]] = ...) -> None: ...

class Synced(_message.Message):
    __slots__ = ("writes",)
    WRITES_FIELD_NUMBER: _ClassVar[int]
    writes: int
    def __init__(self, writes: _Optional[int] = ...) -> None: ...

class Ignored(_message.Message):
    __slots__ = ("because",)
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    because: str
    def __init__(self, because: _Optional[str] = ...) -> None: ...

class Failed(_message.Message):
    __slots__ = ("kind", "message", "remedy", "code", "field", "record", "waits_for", "retry_after", "retryable")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    kind: FailureKind
    message: str
    remedy: str
    code: str
    field: str
    record: str
    waits_for: str
    retry_after: _duration_pb2.Duration
    retryable: bool
    def __init__(self, kind: _Optional[_Union[FailureKind, str]] = ..., message: _Optional[str] = ..., remedy: _Optional[str] = ..., code: _Optional[str] = ..., field: _Optional[str] = ..., record: _Optional[str] = ..., waits_for: _Optional[str] = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., retryable: _Optional[bool] = ...) -> None: ...
