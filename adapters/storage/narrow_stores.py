"""The narrow stores of one database: each reads one kind of thing."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import PayloadStore
from adapters.storage.stores.recoveries import SqlRecoveryStore
from adapters.storage.writability import Writability
from gateway.archive.offloaded import Archived

if TYPE_CHECKING:
    from adapters.storage.bulk_acts import SqlBulkActStore
    from adapters.storage.call_duration_store import SqlCallDurations
    from adapters.storage.evidence_log import SqlEvidenceLog
    from adapters.storage.people.mail_store import SqlMailStore
    from adapters.storage.people.people_store import SqlPeopleStore
    from adapters.storage.people.sign_in_store import SqlSignInStore
    from adapters.storage.processes import SqlProcesses
    from adapters.storage.records.certificates import SqlCertificates
    from adapters.storage.records.courtesy_store import SqlCourtesyStore
    from adapters.storage.records.evidence_finder import SqlEvidenceFinder
    from adapters.storage.records.evidence_store import SqlEvidenceStore
    from adapters.storage.records.offload import SqlRetention
    from adapters.storage.records.outages import SqlOutageStore
    from adapters.storage.records.revocation_lists import SqlRevocationLists
    from adapters.storage.records.session_tokens import SqlSessionTokens
    from adapters.storage.search.deadline_store import SqlDeadlineStore
    from adapters.storage.search.figure_store import SqlFigureStore
    from adapters.storage.search.search_store import SqlSearchStore
    from adapters.storage.sql_drafts import SqlDrafts
    from adapters.storage.stores.endpoints import SqlEndpointStore
    from adapters.storage.stores.inbox import SqlInbox
    from adapters.storage.stores.notices import SqlNoticeStore
    from adapters.storage.stores.outbox_store import SqlOutboxStore
    from adapters.storage.stores.quarantined import SqlQuarantineStore
    from adapters.storage.stores.receipts import SqlReceiptStore
    from adapters.storage.stores.recipient_index import SqlRecipientIndex
    from adapters.storage.stores.refusals import SqlRefusalStore
    from adapters.storage.stores.seen_rows import SqlRowStore
    from adapters.storage.stores.versions import SqlVersionStore
    from adapters.storage.tallies import SqlTallyStore
    from adapters.storage.worklist.notice_claims import SqlClaimStore
    from adapters.storage.worklist.saved_views import SqlSavedViews
    from adapters.storage.worklist.worklist_store import SqlWorklist


class NarrowStores:
    """The narrow stores of ``database``. Each is imported and made when it is first asked for, since a verb that only
    reads needs few of them. They keep no state of their own, so threads may share them."""

    def __init__(
        self,
        database: Database,
        payloads: PayloadStore,
        archived: Archived,
        writability: Writability,
        recovery: SqlRecoveryStore,
    ) -> None:
        self._database, self._payloads, self._archived = database, payloads, archived
        self._writability, self.recovery = writability, recovery

    @cached_property
    def outbox(self) -> SqlOutboxStore:
        from adapters.storage.stores.outbox_store import SqlOutboxStore

        return SqlOutboxStore(self._database, self._writability, self.recovery)

    @cached_property
    def notices(self) -> SqlNoticeStore:
        from adapters.storage.stores.notices import SqlNoticeStore

        return SqlNoticeStore(self._database)

    @cached_property
    def rows(self) -> SqlRowStore:
        from adapters.storage.stores.seen_rows import SqlRowStore

        return SqlRowStore(self._database)

    @cached_property
    def refusals(self) -> SqlRefusalStore:
        from adapters.storage.stores.refusals import SqlRefusalStore

        return SqlRefusalStore(self._database, self._writability)

    @cached_property
    def receipts(self) -> SqlReceiptStore:
        from adapters.storage.stores.receipts import SqlReceiptStore

        return SqlReceiptStore(self._database)

    @cached_property
    def quarantine(self) -> SqlQuarantineStore:
        from adapters.storage.stores.quarantined import SqlQuarantineStore

        return SqlQuarantineStore(self._database)

    @cached_property
    def evidence(self) -> SqlEvidenceStore:
        from adapters.storage.records.evidence_store import SqlEvidenceStore

        return SqlEvidenceStore(self._database, self._payloads.folder, self._archived)

    @cached_property
    def endpoints(self) -> SqlEndpointStore:
        from adapters.storage.stores.endpoints import SqlEndpointStore

        return SqlEndpointStore(self._database)

    @cached_property
    def versions(self) -> SqlVersionStore:
        from adapters.storage.stores.versions import SqlVersionStore

        return SqlVersionStore(self._database)

    @cached_property
    def people(self) -> SqlPeopleStore:
        from adapters.storage.people.people_store import SqlPeopleStore

        return SqlPeopleStore(self._database)

    @cached_property
    def claims(self) -> SqlClaimStore:
        from adapters.storage.worklist.notice_claims import SqlClaimStore

        return SqlClaimStore(self._database)

    @cached_property
    def bulk_acts(self) -> SqlBulkActStore:
        from adapters.storage.bulk_acts import SqlBulkActStore

        return SqlBulkActStore(self._database)

    @cached_property
    def courtesy(self) -> SqlCourtesyStore:
        from adapters.storage.records.courtesy_store import SqlCourtesyStore

        return SqlCourtesyStore(self._database)

    @cached_property
    def tallies(self) -> SqlTallyStore:
        from adapters.storage.tallies import SqlTallyStore

        return SqlTallyStore(self._database)

    @cached_property
    def log(self) -> SqlEvidenceLog:
        """The log of the evidence that is committed here."""
        from adapters.storage.evidence_log import SqlEvidenceLog

        return SqlEvidenceLog(self._database, self._payloads.folder, self._archived)

    @cached_property
    def records(self) -> SqlEvidenceFinder:
        """Search of the evidence, for auditors."""
        from adapters.storage.records.evidence_finder import SqlEvidenceFinder

        return SqlEvidenceFinder(self._database, self._payloads.folder, self._archived)

    @cached_property
    def retention(self) -> SqlRetention:
        """The store of retention: offloading, legal holds and deletions."""
        from adapters.storage.records.offload import SqlRetention

        return SqlRetention(self._database, self._payloads.folder)

    @cached_property
    def inbox(self) -> SqlInbox:
        """The inbox of pushed rows."""
        from adapters.storage.stores.inbox import SqlInbox

        return SqlInbox(self._database, self._payloads, self._writability.noted)

    @cached_property
    def drafts(self) -> SqlDrafts:
        """The drafts of notices that people enter by hand."""
        from adapters.storage.sql_drafts import SqlDrafts

        return SqlDrafts(self._database)

    @cached_property
    def lists(self) -> SqlRevocationLists:
        """The stored revocation lists."""
        from adapters.storage.records.revocation_lists import SqlRevocationLists

        return SqlRevocationLists(self._database)

    @cached_property
    def recipients(self) -> SqlRecipientIndex:
        """The index that finds notices by their recipients."""
        from adapters.storage.stores.recipient_index import SqlRecipientIndex

        return SqlRecipientIndex(self._database)

    @cached_property
    def search(self) -> SqlSearchStore:
        """The search for notices by what a person knows of them."""
        from adapters.storage.search.search_store import SqlSearchStore

        return SqlSearchStore(self._database)

    @cached_property
    def figures(self) -> SqlFigureStore:
        """Figures of service for reports."""
        from adapters.storage.search.figure_store import SqlFigureStore

        return SqlFigureStore(self._database)

    @cached_property
    def deadlines(self) -> SqlDeadlineStore:
        """Served notices by the days of their service."""
        from adapters.storage.search.deadline_store import SqlDeadlineStore

        return SqlDeadlineStore(self._database)

    @cached_property
    def worklist(self) -> SqlWorklist:
        """The notices that wait for a person, and numbers by day."""
        from adapters.storage.worklist.worklist_store import SqlWorklist

        return SqlWorklist(self._database)

    @cached_property
    def saved_views(self) -> SqlSavedViews:
        """The searches that persons saved."""
        from adapters.storage.worklist.saved_views import SqlSavedViews

        return SqlSavedViews(self._database)

    @cached_property
    def session_tokens(self) -> SqlSessionTokens:
        """The tokens of sessions with a judiciary's service."""
        from adapters.storage.records.session_tokens import SqlSessionTokens

        return SqlSessionTokens(self._database)

    @cached_property
    def sign_in(self) -> SqlSignInStore:
        """Sign-in to the console: credentials, attempts, sessions."""
        from adapters.storage.people.sign_in_store import SqlSignInStore

        return SqlSignInStore(self._database)

    @cached_property
    def mail(self) -> SqlMailStore:
        """Alarms and mails to people."""
        from adapters.storage.people.mail_store import SqlMailStore

        return SqlMailStore(self._database)

    @cached_property
    def outages(self) -> SqlOutageStore:
        """Measured running times and outages."""
        from adapters.storage.records.outages import SqlOutageStore

        return SqlOutageStore(self._database)

    @cached_property
    def processes(self) -> SqlProcesses:
        """Processes that run passes, and time authorities that gave no answer."""
        from adapters.storage.processes import SqlProcesses

        return SqlProcesses(self._database)

    @cached_property
    def call_durations(self) -> SqlCallDurations:
        """Durations of the calls of all processes."""
        from adapters.storage.call_duration_store import SqlCallDurations

        return SqlCallDurations(self._database)

    @cached_property
    def certificates(self) -> SqlCertificates:
        """The certificates that signed what is kept here."""
        from adapters.storage.records.certificates import SqlCertificates

        return SqlCertificates(self._database)
