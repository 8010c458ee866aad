"""SyncEvent and ResyncObject: from the wire to the use case and back; a failed sync is a successful call."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import grpc
from stripe_netsuite.v1 import writer_pb2, writer_pb2_grpc

from adapters.writer.messages import failed_to_proto, from_sync_request, from_timestamp, to_outcome
from core.events import BACKFILLED
from core.notes import Operators
from core.outcome import CannotSync, Failed, Kind
from core.plan import checksum, page
from core.reconcile import Reconciliation
from core.sync import Change, Diff, Report, SyncUseCase
from core.undo import Undo
from core.write_back import WriteBack

log = logging.getLogger(__name__)

Created = Callable[[str, str, datetime, datetime], Iterator[Sequence[str]]]
"""The ids of a kind of object of an account ("" the own one) created between two moments, page by page; CannotSync when Stripe refuses."""

MOST_OBJECTS = 1_000
STRIPE_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
CHANGES = {
    Change.CREATE: writer_pb2.CHANGE_CREATE,
    Change.UPDATE: writer_pb2.CHANGE_UPDATE,
    Change.UNCHANGED: writer_pb2.CHANGE_UNCHANGED,
}


@dataclass(frozen=True, slots=True)
class WriterServicer(writer_pb2_grpc.NetSuiteWriterServiceServicer):
    """Serves the use case. A mistake of ours in a rule ends as a Failed outcome too: it holds up its own subject only."""

    use_case: SyncUseCase
    reconciliation: Reconciliation | None = None
    write_back: WriteBack | None = None
    operators: Operators | None = None
    undo: Undo | None = None
    created: Created | None = None

    def SyncEvent(self, request: writer_pb2.SyncEventRequest, context: grpc.ServicerContext) -> writer_pb2.SyncEventResponse:  # noqa: N802
        _check(context, event_id=request.event_id, subject_id=request.subject_id, type=request.type.replace(".", "_"))
        event = from_sync_request(request)
        try:
            report = self.use_case.event(event)
            annotate(self.write_back, report, event.subject_id, event.account)
        except Exception as error:  # noqa: BLE001
            report = _mistake(error, event.subject_id)
        return writer_pb2.SyncEventResponse(outcome=to_outcome(report.outcome), plan=_page(report), plan_checksum=_checksum(report))

    def ResyncObject(self, request: writer_pb2.ResyncObjectRequest, context: grpc.ServicerContext) -> writer_pb2.ResyncObjectResponse:  # noqa: N802
        _check(context, stripe_id=request.stripe_id)
        return results(self.use_case, request, self.write_back)

    def Reconcile(self, request: writer_pb2.ReconcileRequest, context: grpc.ServicerContext) -> writer_pb2.ReconcileResponse:  # noqa: N802
        if request.payout_id:
            _check(context, payout_id=request.payout_id)
        if self.reconciliation is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "this writer cannot reconcile")
        return statement(self.reconciliation, request)

    def RelinkObject(self, request: writer_pb2.RelinkObjectRequest, context: grpc.ServicerContext) -> writer_pb2.RelinkObjectResponse:  # noqa: N802
        _check(context, stripe_id=request.stripe_id)
        return relinked(self._operators(context), request)

    def ExcludeObject(self, request: writer_pb2.ExcludeObjectRequest, context: grpc.ServicerContext) -> writer_pb2.ExcludeObjectResponse:  # noqa: N802
        _check(context, stripe_id=request.stripe_id)
        return excluded(self._operators(context), request)

    def UndoObject(self, request: writer_pb2.UndoObjectRequest, context: grpc.ServicerContext) -> writer_pb2.UndoObjectResponse:  # noqa: N802
        _check(context, stripe_id=request.stripe_id)
        if self.undo is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "this writer cannot undo")
        return undone(self.undo, request)

    def ListObjects(self, request: writer_pb2.ListObjectsRequest, context: grpc.ServicerContext) -> writer_pb2.ListObjectsResponse:  # noqa: N802
        return objects(self._operators(context), request)

    def ListCreated(  # noqa: N802
        self, request: writer_pb2.ListCreatedRequest, context: grpc.ServicerContext
    ) -> Iterator[writer_pb2.ListCreatedResponse]:
        if request.kind not in BACKFILLED:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"kind is one of {', '.join(BACKFILLED)}")
        if self.created is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "this writer runs without Stripe's lists")
        yield from created(self.created, request)

    def _operators(self, context: grpc.ServicerContext) -> Operators:
        if self.operators is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "this writer keeps no notes")
        return self.operators


def relinked(operators: Operators, request: writer_pb2.RelinkObjectRequest) -> writer_pb2.RelinkObjectResponse:
    """Done, or why not."""
    failed = operators.relink(request.stripe_id, request.account, request.record_type, request.internal_id, request.because)
    return writer_pb2.RelinkObjectResponse(failed=failed_to_proto(failed) if failed else None)


def excluded(operators: Operators, request: writer_pb2.ExcludeObjectRequest) -> writer_pb2.ExcludeObjectResponse:
    """Done, or why not."""
    failed = operators.exclude(request.stripe_id, request.account, request.because, lift=request.lift)
    return writer_pb2.ExcludeObjectResponse(failed=failed_to_proto(failed) if failed else None)


def undone(undo: Undo, request: writer_pb2.UndoObjectRequest) -> writer_pb2.UndoObjectResponse:
    """What became of it, or what would."""
    try:
        if request.carry_out:
            report = undo.carry_out(request.stripe_id, request.account, request.because, request.plan_checksum)
        else:
            report = undo.preview(request.stripe_id, request.account, request.because)
    except Exception as error:  # noqa: BLE001
        report = _mistake(error, request.stripe_id)
    return writer_pb2.UndoObjectResponse(result=_result(report))


def objects(operators: Operators, request: writer_pb2.ListObjectsRequest) -> writer_pb2.ListObjectsResponse:
    """A page of ids."""
    most = min(request.most or MOST_OBJECTS, MOST_OBJECTS)
    return writer_pb2.ListObjectsResponse(stripe_ids=list(operators.notes.seen(request.after, most)))


def created(lists: Created, request: writer_pb2.ListCreatedRequest) -> Iterator[writer_pb2.ListCreatedResponse]:
    """The pages, or why there are no more."""
    try:
        for page in lists(request.kind, request.account, from_timestamp(request.since), from_timestamp(request.until)):
            yield writer_pb2.ListCreatedResponse(stripe_ids=page)
    except CannotSync as stopped:
        yield writer_pb2.ListCreatedResponse(failed=failed_to_proto(stopped.failed))


def statement(reconciliation: Reconciliation, request: writer_pb2.ReconcileRequest) -> writer_pb2.ReconcileResponse:
    """The statement, or why there is none."""
    try:
        made = reconciliation.payout(request.payout_id, request.account) if request.payout_id else reconciliation.whole_balance()
    except CannotSync as stopped:
        return writer_pb2.ReconcileResponse(failed=failed_to_proto(stopped.failed))
    rows = [
        writer_pb2.ReconciledRow(
            name=row.name,
            record=row.record,
            currency=row.stripe.currency,
            stripe_minor=row.stripe.minor,
            netsuite_minor=row.netsuite.minor,
            says=row.says,
        )
        for row in made.rows
    ]
    return writer_pb2.ReconcileResponse(says=made.says, rows=rows)


def annotate(write_back: WriteBack | None, report: Report, stripe_id: str, account: str) -> None:
    """Write ids back where that is wanted; when it fails, the sync stands."""
    if write_back and (why := write_back.after(report, stripe_id, account)):
        log.warning("the NetSuite ids of %s could not be written back: %s %s", stripe_id, why.message, why.remedy)


def results(
    use_case: SyncUseCase, request: writer_pb2.ResyncObjectRequest, write_back: WriteBack | None = None
) -> writer_pb2.ResyncObjectResponse:
    """What became of each subject of the id, or in a dry run what would."""
    try:
        if request.dry_run:
            reports = use_case.preview(request.stripe_id, request.account)
        else:
            reports = use_case.resync(request.stripe_id, request.account, request.plan_checksum)
            for report in reports:
                annotate(write_back, report, request.stripe_id, request.account)
    except Exception as error:  # noqa: BLE001
        reports = (_mistake(error, request.stripe_id),)
    return writer_pb2.ResyncObjectResponse(results=[_result(report) for report in reports])


def _check(context: grpc.ServicerContext, **ids: str) -> None:
    for name, value in ids.items():
        if not STRIPE_ID.fullmatch(value):
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, f"{name} is missing or is no Stripe name (letters, digits, _ and -, 255 at most)"
            )


def _mistake(error: Exception, stripe_id: str) -> Report:
    """An exception that is not CannotSync is a mistake in this program. Its text may hold data, so only its type is told."""
    log.error("a mistake in this program stopped the sync of %s", stripe_id, exc_info=error)
    remedy = "Report it with the Stripe id and the writer's log; retry after an update."
    return Report("", None, Failed(Kind.REFUSED, f"a mistake in this program: {type(error).__name__}", remedy))


def _result(report: Report) -> writer_pb2.SubjectResult:
    return writer_pb2.SubjectResult(
        subject=report.subject,
        plan=_page(report),
        plan_checksum=_checksum(report),
        outcome=to_outcome(report.outcome),
        diffs=[_diff(diff) for diff in report.diffs],
    )


def _diff(diff: Diff) -> writer_pb2.RecordDiff:
    return writer_pb2.RecordDiff(
        record_type=diff.record.type,
        external_id=diff.record.external_id,
        change=CHANGES[diff.change],
        fields=[writer_pb2.FieldDiff(field=each.field, holds=each.holds, wants=each.wants) for each in diff.fields],
    )


def _page(report: Report) -> str:
    return page(report.plan) if report.plan else ""


def _checksum(report: Report) -> str:
    return checksum(report.plan) if report.plan else ""
