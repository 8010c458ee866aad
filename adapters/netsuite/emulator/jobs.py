"""Asynchronous calls: accepted with 202, carried out later, one task after another, and asked about at /services/rest/async/v1/job."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.netsuite.emulator.errors import Refused, error_body, nonexistent
from adapters.netsuite.emulator.exchange import Reply, json_reply
from adapters.netsuite.emulator.views import link, page

JOBS = "/services/rest/async/v1/job"
SAME_KEY = (
    'A request with the same idempotency key is already submitted. See the "Location" header for a link to the previously submitted job'
)
Work = Callable[[], Reply]


@dataclass(slots=True)
class Job:
    """Its tasks are the records of a batch, or the one call; `results` are as many answers once it was carried out."""

    id: str
    works: Sequence[Work]
    due: datetime
    results: list[Reply] = field(default_factory=list)
    ended: datetime | None = None

    @property
    def progress(self) -> str:
        if self.ended is None:
            return "pending"
        return "failed" if any(result.status >= 400 for result in self.results) else "succeeded"


class Jobs:
    """The queue. A job is carried out `delay_s` seconds after it was submitted, when the account is next looked at."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.delay_s = 0.0
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._keys: dict[str, str] = {}
        self._ids = itertools.count(1)

    def submit(self, works: Sequence[Work], key: str) -> Reply:
        """202 with the job's address; of an idempotency key that was seen before, 400 with the address of its first job."""
        if key and key in self._keys:
            refusal = error_body(400, SAME_KEY, "IDEMPOTENCY_ERROR")
            known = json_reply(400, {**refusal, "title": "Conflict"}, "error")
            return Reply(400, {**known.headers, "Location": f"{JOBS}/{self._keys[key]}", "Preference-Applied": "respond-async"}, known.body)
        job = Job(str(next(self._ids)), works, self._now() + timedelta(seconds=self.delay_s))
        self._jobs[job.id] = job
        if key:
            self._keys[key] = job.id
        return Reply(202, {"Location": f"{JOBS}/{job.id}", "Preference-Applied": "respond-async"}, b"")

    def end_all(self) -> None:
        """Their time has come, whatever `delay_s` said."""
        for job in self._jobs.values():
            job.due = min(job.due, self._now())

    def run_due(self) -> None:
        """Carry out every job whose time has come, first come, first served."""
        for job in self._jobs.values():
            if job.ended is None and job.due <= self._now():
                job.results = [work() for work in job.works]
                job.ended = self._now()

    def answer(self, base: str, parts: Sequence[str]) -> Reply:
        """GET of a job, its tasks, a task, a task's result; `parts` follow /job/ in the address."""
        job = self._jobs.get(parts[0])
        if job is None:
            raise nonexistent()
        address = f"{base}{JOBS}/{job.id}"
        match parts[1:]:
            case []:
                return json_reply(200, {**_shown(address, job), "task": {"links": [link(f"{address}/task")]}})
            case ["task"]:
                items = [{"links": [link(f"{address}/task/{number}")]} for number in range(1, len(job.works) + 1)]
                return json_reply(200, {**page(items, f"{address}/task"), "items": items}, "collection")
            case ["task", number]:
                return self._task(f"{address}/task/{number}", job, _index(job, number))
            case ["task", number, "result"] if job.ended is not None:
                return job.results[_index(job, number)]
        raise nonexistent()

    def _task(self, address: str, job: Job, index: int) -> Reply:
        shown: dict[str, Any] = {**_shown(address, job), "id": str(index + 1)}
        if job.ended is not None:
            shown["progress"] = "failed" if job.results[index].status >= 400 else "succeeded"
            shown["links"] = [{"rel": "related", "href": f"{address}/result"}, link(address)]
        return json_reply(200, shown)


def _shown(address: str, job: Job) -> dict[str, Any]:
    ended = {} if job.ended is None else {"endTime": job.ended.strftime("%Y-%m-%dT%H:%M:%SZ")}
    started = {} if job.ended is None else {"startTime": job.due.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {"links": [link(address)], "completed": job.ended is not None, **ended, "id": job.id, "progress": job.progress, **started}


def _index(job: Job, number: str) -> int:
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(job.works)):
        raise nonexistent()
    return int(number) - 1


def refusal(refused: Refused) -> Reply:
    """The documented error body of a refusal."""
    return json_reply(refused.status, error_body(refused.status, refused.detail, refused.code, refused.path), "error")
