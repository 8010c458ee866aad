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

class Change(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_UNSPECIFIED: _ClassVar[Change]
    CHANGE_CREATE: _ClassVar[Change]
    CHANGE_UPDATE: _ClassVar[Change]
    CHANGE_UNCHANGED: _ClassVar[Change]
CHANGE_UNSPECIFIED: Change
CHANGE_CREATE: Change
CHANGE_UPDATE: Change
CHANGE_UNCHANGED: Change

class SyncEventRequest(_message.Message):
    __slots__ = ("event_id", "type", "created", "account", "livemode", "subject_id")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    LIVEMODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    type: str
    created: _timestamp_pb2.Timestamp
    account: str
    livemode: bool
    subject_id: str
    def __init__(self, event_id: _Optional[str] = ..., type: _Optional[str] = ..., created: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., account: _Optional[str] = ..., livemode: _Optional[bool] = ..., subject_id: _Optional[str] = ...) -> None: ...

class SyncEventResponse(_message.Message):
    __slots__ = ("outcome", "plan", "plan_checksum")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PLAN_CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    outcome: _outcome_pb2.Outcome
    plan: str
    plan_checksum: str
    def __init__(self, outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., plan: _Optional[str] = ..., plan_checksum: _Optional[str] = ...) -> None: ...

class ResyncObjectRequest(_message.Message):
    __slots__ = ("stripe_id", "account", "dry_run", "plan_checksum")
    STRIPE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    PLAN_CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    stripe_id: str
    account: str
    dry_run: bool
    plan_checksum: str
    def __init__(self, stripe_id: _Optional[str] = ..., account: _Optional[str] = ..., dry_run: _Optional[bool] = ..., plan_checksum: _Optional[str] = ...) -> None: ...

class ResyncObjectResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[SubjectResult]
    def __init__(self, results: _Optional[_Iterable[_Union[SubjectResult, _Mapping]]] = ...) -> None: ...

class SubjectResult(_message.Message):
    __slots__ = ("subject", "plan", "plan_checksum", "outcome", "diffs")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PLAN_CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DIFFS_FIELD_NUMBER: _ClassVar[int]
    subject: str
    plan: str
    plan_checksum: str
    outcome: _outcome_pb2.Outcome
    diffs: _containers.RepeatedCompositeFieldContainer[RecordDiff]
    def __init__(self, subject: _Optional[str] = ..., plan: _Optional[str] = ..., plan_checksum: _Optional[str] = ..., outcome: _Optional[_Union[_outcome_pb2.Outcome, _Mapping]] = ..., diffs: _Optional[_Iterable[_Union[RecordDiff, _Mapping]]] = ...) -> None: ...

class RecordDiff(_message.Message):
    __slots__ = ("record_type", "external_id", "change", "fields")
    RECORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    record_type: str
    external_id: str
    change: Change
    fields: _containers.RepeatedCompositeFieldContainer[FieldDiff]
    def __init__(self, record_type: _Optional[str] = ..., external_id: _Optional[str] = ..., change: _Optional[_Union[Change, str]] = ..., fields: _Optional[_Iterable[_Union[FieldDiff, _Mapping]]] = ...) -> None: ...

class FieldDiff(_message.Message):
    __slots__ = ("field", "holds", "wants")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    WANTS_FIELD_NUMBER: _ClassVar[int]
    field: str
    holds: str
    wants: str
    def __init__(self, field: _Optional[str] = ..., holds: _Optional[str] = ..., wants: _Optional[str] = ...) -> None: ...

class ReconcileRequest(_message.Message):
    __slots__ = ("payout_id", "account")
    PAYOUT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    payout_id: str
    account: str
    def __init__(self, payout_id: _Optional[str] = ..., account: _Optional[str] = ...) -> None: ...

class ReconcileResponse(_message.Message):
    __slots__ = ("says", "rows", "failed")
    SAYS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    says: str
    rows: _containers.RepeatedCompositeFieldContainer[ReconciledRow]
    failed: _outcome_pb2.Failed
    def __init__(self, says: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[ReconciledRow, _Mapping]]] = ..., failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...

class ReconciledRow(_message.Message):
    __slots__ = ("name", "record", "currency", "stripe_minor", "netsuite_minor", "says")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    STRIPE_MINOR_FIELD_NUMBER: _ClassVar[int]
    NETSUITE_MINOR_FIELD_NUMBER: _ClassVar[int]
    SAYS_FIELD_NUMBER: _ClassVar[int]
    name: str
    record: str
    currency: str
    stripe_minor: int
    netsuite_minor: int
    says: str
    def __init__(self, name: _Optional[str] = ..., record: _Optional[str] = ..., currency: _Optional[str] = ..., stripe_minor: _Optional[int] = ..., netsuite_minor: _Optional[int] = ..., says: _Optional[str] = ...) -> None: ...

class RelinkObjectRequest(_message.Message):
    __slots__ = ("stripe_id", "account", "record_type", "internal_id", "because")
    STRIPE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    stripe_id: str
    account: str
    record_type: str
    internal_id: str
    because: str
    def __init__(self, stripe_id: _Optional[str] = ..., account: _Optional[str] = ..., record_type: _Optional[str] = ..., internal_id: _Optional[str] = ..., because: _Optional[str] = ...) -> None: ...

class RelinkObjectResponse(_message.Message):
    __slots__ = ("failed",)
    FAILED_FIELD_NUMBER: _ClassVar[int]
    failed: _outcome_pb2.Failed
    def __init__(self, failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...

class ExcludeObjectRequest(_message.Message):
    __slots__ = ("stripe_id", "account", "because", "lift")
    STRIPE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    LIFT_FIELD_NUMBER: _ClassVar[int]
    stripe_id: str
    account: str
    because: str
    lift: bool
    def __init__(self, stripe_id: _Optional[str] = ..., account: _Optional[str] = ..., because: _Optional[str] = ..., lift: _Optional[bool] = ...) -> None: ...

class ExcludeObjectResponse(_message.Message):
    __slots__ = ("failed",)
    FAILED_FIELD_NUMBER: _ClassVar[int]
    failed: _outcome_pb2.Failed
    def __init__(self, failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...

class UndoObjectRequest(_message.Message):
    __slots__ = ("stripe_id", "account", "because", "carry_out", "plan_checksum")
    STRIPE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    CARRY_OUT_FIELD_NUMBER: _ClassVar[int]
    PLAN_CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    stripe_id: str
    account: str
    because: str
    carry_out: bool
    plan_checksum: str
    def __init__(self, stripe_id: _Optional[str] = ..., account: _Optional[str] = ..., because: _Optional[str] = ..., carry_out: _Optional[bool] = ..., plan_checksum: _Optional[str] = ...) -> None: ...

class UndoObjectResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: SubjectResult
    def __init__(self, result: _Optional[_Union[SubjectResult, _Mapping]] = ...) -> None: ...

class ListObjectsRequest(_message.Message):
    __slots__ = ("after", "most")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    after: str
    most: int
    def __init__(self, after: _Optional[str] = ..., most: _Optional[int] = ...) -> None: ...

class ListObjectsResponse(_message.Message):
    __slots__ = ("stripe_ids",)
    STRIPE_IDS_FIELD_NUMBER: _ClassVar[int]
    stripe_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stripe_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ListCreatedRequest(_message.Message):
    __slots__ = ("kind", "account", "since", "until")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    kind: str
    account: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[str] = ..., account: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListCreatedResponse(_message.Message):
    __slots__ = ("stripe_ids", "failed")
    STRIPE_IDS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    stripe_ids: _containers.RepeatedScalarFieldContainer[str]
    failed: _outcome_pb2.Failed
    def __init__(self, stripe_ids: _Optional[_Iterable[str]] = ..., failed: _Optional[_Union[_outcome_pb2.Failed, _Mapping]] = ...) -> None: ...
