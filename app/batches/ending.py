"""The end of a batch: its answers become its files, and a request without one gets a line that says why."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from app.batches.answers import unanswered_line
from app.batches.reading import lines_of
from app.db.base import now
from app.db.models import BATCH_ENDED, BatchRow, ResultRow
from app.db.repositories import BatchRepository, FileWriter
from app.db.repositories.files import parts_of
from app.db.session import Database

_AT_ONCE = 256  # answers that are in memory


def end_batch(database: Database, batch_id: str) -> None:
    """Write the files of a batch that is to end, and end it; nothing where it isn't, or has. Its answers
    don't change any more, so that they are read and written in short transactions. Who is interrupted leaves
    drafts; of two who do it at once, the first one's files count."""
    with database.write() as session:
        batches = BatchRepository(session)
        if not batches.close(batch_id):
            return
        row = batches.get(batch_id)
        row.completed, row.failed = batches.counts(row)
    ending = _Ending(database, row)
    output, errors = ending.write()
    with database.write() as session:
        batches = BatchRepository(session)
        row = batches.locked(batch_id)
        if row.state not in BATCH_ENDED:
            for draft, column in ((output, "output_file_id"), (errors, "error_file_id")):
                if draft is not None:
                    setattr(row, column, draft.publish(session, "batch_output", row.output_seconds).id)
            row.state, row.ended_at = ending.state, now()
            batches.forget(batch_id)
            return
    for draft in (output, errors):
        if draft is not None:
            draft.discard()


class _Ending:
    """The files of one batch."""

    def __init__(self, database: Database, row: BatchRow) -> None:
        self.database = database
        self.row = row
        self.whole = row.completed + row.failed == row.total
        #: What the batch ends as.
        self.state = "cancelled" if row.state == "cancelling" else "completed" if self.whole else "expired"

    def write(self) -> tuple[FileWriter | None, FileWriter | None]:
        """Drafts of the output and the error file, where they have lines."""
        failures = self._answers(False) if self.whole else self._failures()
        return (
            self._draft("output", self._answers(True)) if self.row.completed else None,
            self._draft("error", failures) if self.row.failed or not self.whole else None,
        )

    def _draft(self, kind: str, lines: Iterator[str]) -> FileWriter:
        draft = FileWriter(self.database, f"{self.row.id}_{kind}.jsonl")
        for line in lines:
            draft.write(line.encode() + b"\n")
        draft.finish()
        return draft

    def _answers(self, ok: bool) -> Iterator[str]:
        """Those that went well, or those that failed."""
        return (result.answer for result in self._results() if result.ok == ok)

    def _failures(self) -> Iterator[str]:
        """What failed, and every request that has no answer, in the order of the input file."""
        results = self._results()
        result = next(results, None)
        for line in lines_of(parts_of(self.database, self.row.input_file_id), sys.maxsize):
            if result is not None and result.line == line.number:
                if not result.ok:
                    yield result.answer
                result = next(results, None)
            elif not line.blank:
                yield unanswered_line(self.row.id, line.number, line.request()["custom_id"], self.state)

    def _results(self) -> Iterator[ResultRow]:
        """In the order of their lines."""
        after = 0
        while True:
            with self.database.read() as session:
                rows = BatchRepository(session).results(self.row.id, after, _AT_ONCE)
            if not rows:
                return
            yield from rows
            after = rows[-1].line
