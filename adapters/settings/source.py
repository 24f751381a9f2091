"""Sources of rows, as a configuration names them."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import combinations
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from adapters.http.loopback import is_loopback
from adapters.settings.signature import RequestSignature
from adapters.settings.values import Address, CaseDatabase, Endpoint, FilePath, Hours, Misfit, Seconds, Section, Unfit


class ColumnsSection(Section):
    """Columns of the written table, by their contents."""

    reference: str = "eblagh_reference"
    state: str = "eblagh_state"
    seq: str = "eblagh_seq"
    code: str = "eblagh_code"
    reason: str = "eblagh_reason"
    tracking_number: str = "eblagh_tracking"
    delivered_at: str = "delivered_at"
    viewed_at: str = "viewed_at"
    service_date: str = "service_date"
    effect: str = "service_effect"
    updated_at: str = "eblagh_updated_at"


class SourceSection(Section):
    """Settings of every source.

    ``mapping`` is the file of its own mapping, if it has one; ``results`` that of its mapping of results. ``overlap``
    and ``sweep_overlap`` are change numbers or seconds, like its versions.
    """

    mapping: FilePath | None = None
    results: FilePath | None = None
    page_rows: int = Field(default=100, ge=1, le=5000)
    overlap: int = Field(default=3600, ge=0, le=10**12)
    sweep_hours: Hours = timedelta(hours=24)
    sweep_overlap: int = Field(default=30 * 86_400, ge=0, le=10**12)

    @property
    def is_brought(self) -> bool:
        """True if others bring its rows (`gateway.notice.source_row.CaseSource.is_brought`)."""
        return True


Name = Annotated[str, Field(min_length=1, max_length=100)]
CodePage = Literal["cp1256", "iso8859_6", "cp720", "isiri-3342"]


class _TableOrQuery(Section):
    table: str = ""
    query_file: FilePath | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if bool(self.table) == (self.query_file is not None):
            raise ValueError("table or query_file: one of the two is given")
        return self


class OwnersSection(_TableOrQuery):
    """Owners of cases, one row each; ``columns`` are theirs, by the names that mappings read."""

    case: Name
    key: Name
    version: Name | None = None
    columns: dict[Name, Name] = Field(min_length=1)


class ListSection(_TableOrQuery):
    """Rows of another table that belong to a row, such as its attachments."""

    of: Name
    order: Name
    columns: list[Name] = Field(default_factory=list)
    files: dict[Name, Name] = Field(default_factory=dict)


class DocumentFolderSection(Section):
    """Folder of papers; ``files`` are columns with the contents of files, by the column that names the file."""

    path: Name
    files: dict[Name, Name] = Field(default_factory=dict)


class SqlSection(SourceSection):
    """Case database.

    Rows are read from ``view``, or by the SELECT in ``query_file``. Results are written to ``table``, or by statements
    in files. `docs/connect/case-databases.md` shows the columns. ``flag`` is a column of ``table`` that replaces
    ``version``; it may stand in another table, ``flag_table``.
    """

    kind: Literal["sql"] = "sql"
    url: CaseDatabase
    password_file: FilePath | None = None
    write_url: CaseDatabase | None = None
    write_password_file: FilePath | None = None
    view: str = "eblagh_notices"
    query_file: FilePath | None = None
    key: str = "notice_id"
    version: str = "change_no"
    flag: str | None = Field(default=None, min_length=1)
    flag_table: Name | None = None
    flag_key: Name | None = None
    table: str = "notices"
    table_key: Name | None = None
    encoding: CodePage | None = None
    encodings: dict[Name, CodePage] = Field(default_factory=dict)
    document_folder: DocumentFolderSection | None = None
    lists: dict[Name, ListSection] = Field(default_factory=dict)
    owners: OwnersSection | None = None
    columns: ColumnsSection = ColumnsSection()
    write_back_file: FilePath | None = None
    write_refusal_file: FilePath | None = None
    timeout_seconds: Seconds = timedelta(seconds=60)

    @property
    def is_brought(self) -> bool:
        return self.flag is not None

    @model_validator(mode="after")
    def _statements_come_together(self) -> SqlSection:
        if (self.write_back_file is None) != (self.write_refusal_file is None):
            raise ValueError("write_back_file and write_refusal_file are given together")
        return self

    @model_validator(mode="after")
    def _is_numbered_or_marked(self) -> SqlSection:
        if self.flag is not None and "version" in self.model_fields_set:
            raise ValueError("flag and version: rows are either marked or numbered, so one of the two is given")
        return self

    @model_validator(mode="after")
    def _places_fit(self) -> SqlSection:
        if self.flag is None and (self.flag_table or self.flag_key):
            raise ValueError("flag_table and flag_key say where the flag stands: name it as flag")
        if self.document_folder is None and any(each.files for each in self.lists.values()):
            raise ValueError("files of a list are read from a document_folder: give its path")
        if any(not each.columns and not each.files for each in self.lists.values()):
            raise ValueError("a list has columns or files")
        made = [*(self.owners.columns if self.owners else ()), *self.lists]
        made += [] if self.document_folder is None else self.document_folder.files
        if twice := sorted(name for name in made if made.count(name) > 1 or name in (self.key, self.version)):
            raise ValueError(
                f"{twice[0]}: two columns for mappings have this name, or it is the key's or the version's"
            )
        return self

    @model_validator(mode="after")
    def _each_content_has_its_own_column(self) -> Self:
        # Of two contents in one column the later one would be written alone, and nobody would miss the other.
        for (one, column), (other, same) in combinations(self._columns_of_table(), 2):
            if column.casefold() == same.casefold():
                told = other if self._is_given(other) else one
                raise Unfit(
                    f"{'.'.join(one)} and {'.'.join(other)} name one column, {same}: give each a column of its own",
                    f"\u2066{'.'.join(one)}\u2069 و \u2066{'.'.join(other)}\u2069 هر دو نام یک ستون‌اند:"
                    f" \u2066{same}\u2069. برای هر کدام ستون جداگانه‌ای بنویسید.",
                    *told,
                )
        return self

    def _columns_of_table(self) -> list[tuple[tuple[str, ...], str]]:
        """Return the columns of ``table`` that this section names, each with its setting."""
        found: list[tuple[tuple[str, ...], str]] = []
        if self.table_key is not None:
            found.append((("table_key",), self.table_key))
        else:
            found.append((("key",), self.key) if self.owners is None else (("owners", "key"), self.owners.key))
        if self.flag is not None and self.flag_table in (None, self.table):
            found.append((("flag",), self.flag))
        if self.write_back_file is None:
            found += [(("columns", content), column) for content, column in self.columns]
        return found

    def _is_given(self, setting: tuple[str, ...]) -> bool:
        """Return True if the file has the setting; a default has no line of its own."""
        section = self.columns if setting[0] == "columns" else self
        return setting[-1] in section.model_fields_set


class FilesSection(SourceSection):
    """Folder into which files are dropped: `docs/connect/file-drop.md`."""

    kind: Literal["files"]
    folder: FilePath


class RestSection(SourceSection):
    """Rows pushed by REST, under a token; ``tokens_file`` holds the SHA-256 of tokens: `docs/connect/push.md`."""

    kind: Literal["rest"]
    tokens_file: FilePath


class PullSection(SourceSection):
    """Case system that is asked by its own REST interface: `docs/connect/pull.md`.

    ``token_file`` holds the bearer token. The names are those of its JSON.
    """

    kind: Literal["rest-pull"]
    url: Endpoint
    token_file: FilePath
    anchors: FilePath | None = None
    case: Name = "case_id"
    version: Name = "version"
    parties: Name = "parties"
    party: Name = "party_id"
    party_prefix: Name = "party_"
    documents: list[Name] = Field(default_factory=list)
    timeout_seconds: Seconds = timedelta(seconds=60)

    @property
    def is_brought(self) -> bool:
        return False


class SoapSection(SourceSection):
    """Rows pushed by SOAP, in messages signed by one of ``certificates``, each of which leads to an anchor."""

    kind: Literal["soap"]
    anchors: list[FilePath] = Field(min_length=1)
    certificates: list[FilePath] = Field(min_length=1)
    skew_seconds: Seconds = timedelta(seconds=60)
    signature: RequestSignature = RequestSignature()


class ByHandSection(SourceSection):
    """Notices that people enter in the console, for these ``bodies``: `docs/connect/by-hand.md`."""

    kind: Literal["by-hand"]
    bodies: list[Name] = Field(min_length=1)


_NAME: Final = re.compile(r"\w[\w.-]{0,99}")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            "a name of at most 100 letters, digits, points, hyphens and underscores is wanted, that begins with neither"
            " point nor hyphen; `source rename OLD NEW` then moves what is kept under the old one"
        )
    return text


SourceName = Annotated[str, AfterValidator(_name)]
"""Name of a source: letters of any script. It stands in addresses of pages, and in lists that a comma divides."""

_PUSHED_NAMES: Final = {"rest": re.compile(r"[A-Za-z0-9_-]{1,62}"), "soap": re.compile(r"[A-Za-z0-9_.-]{1,100}")}
"""Names to which rows can be pushed: they stand in the address, which the contract of REST limits further."""
_PUSHED_WORDS: Final = {
    "rest": "at most 62 Latin letters, digits, hyphens and underscores",
    "soap": "at most 100 Latin letters, digits, points, hyphens and underscores",
}

KINDS = ("sql", "files", "rest", "rest-pull", "soap", "by-hand")


def _kind(section: object) -> object:
    """Return a section's kind; one without a kind is a database."""
    return section.get("kind", "sql") if isinstance(section, dict) else getattr(section, "kind", None)


AnySource = Annotated[
    Annotated[SqlSection, Tag("sql")]
    | Annotated[FilesSection, Tag("files")]
    | Annotated[RestSection, Tag("rest")]
    | Annotated[PullSection, Tag("rest-pull")]
    | Annotated[SoapSection, Tag("soap")]
    | Annotated[ByHandSection, Tag("by-hand")],
    Discriminator(
        _kind, custom_error_type="source_kind", custom_error_message=f"kind: one of {', '.join(KINDS)} is wanted"
    ),
]
"""Table of ``sources``, by its ``kind``."""


def _reachable(sources: dict[str, AnySource]) -> dict[str, AnySource]:
    for name, each in sources.items():
        wanted = _PUSHED_NAMES.get(each.kind)
        if wanted is not None and not wanted.fullmatch(name):
            raise Misfit(
                f'{name}: rows are pushed to a source of the kind "{each.kind}" by its name, so a name of'
                f" {_PUSHED_WORDS[each.kind]} is wanted; `source rename OLD NEW` then moves what is kept under the old"
                " one",
                name,
            )
    return sources


Sources = Annotated[dict[SourceName, AnySource], Field(min_length=1), AfterValidator(_reachable)]
"""Table ``sources``: at least one of them, by name."""


class PushSection(Section):
    """Address to which rows are pushed, by REST and by SOAP. ``url`` is the address that senders use, if it differs."""

    listen: Address = "127.0.0.1:9120"
    url: Endpoint | None = None

    @model_validator(mode="after")
    def _nobody_listens_on_the_way(self) -> PushSection:
        host = urlsplit(f"//{self.listen}").hostname or ""
        if not is_loopback(host) and urlsplit(self.url or "").scheme != "https":
            raise ValueError(
                "listen: beyond this machine rows need TLS; have a proxy speak it, and write its https address into url"
            )
        return self
