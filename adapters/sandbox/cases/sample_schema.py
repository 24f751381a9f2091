"""The sample case database's schema: typical of such databases, in SQLite.

``change_no`` behaves like a rowversion. A notice's contents lie in `notices`, `papers`, `cases` and `parties`. A change
in any of them gives each notice concerned a new, larger number of its own. The gateway's results do not.
"""

TABLES = """
CREATE TABLE bodies (
    body_code TEXT PRIMARY KEY,
    title     TEXT NOT NULL
);
CREATE TABLE cases (
    case_id         INTEGER PRIMARY KEY,
    body_code       TEXT NOT NULL REFERENCES bodies,
    district        TEXT,
    case_number     TEXT,
    archive_number  TEXT,
    renovation_code TEXT
);
CREATE TABLE parties (
    party_id    INTEGER PRIMARY KEY,
    case_id     INTEGER NOT NULL REFERENCES cases,
    kind        TEXT,
    identifier  TEXT,
    name        TEXT,
    mobile      TEXT,
    postal_code TEXT,
    address     TEXT,
    synthetic   INTEGER NOT NULL CHECK (synthetic IN (0, 1)) -- 1: this person was made up
);
CREATE TABLE papers (
    paper_id      INTEGER PRIMARY KEY,
    case_id       INTEGER NOT NULL REFERENCES cases,
    paper_number  TEXT,
    kind          TEXT,
    subject       TEXT,
    issued_on     TEXT,                                      -- Jalali, year/month/day
    serve_by      TEXT,                                      -- of a hearing: the last day of use, as issued_on
    document_name TEXT,
    document      BLOB
);
CREATE TABLE change_counter (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    value    INTEGER NOT NULL                                -- never falls, so no number is ever given twice
);
CREATE TABLE notices (                                       -- one paper for one party
    notice_id INTEGER PRIMARY KEY,
    paper_id  INTEGER NOT NULL REFERENCES papers,
    party_id  INTEGER NOT NULL REFERENCES parties,
    revision  INTEGER NOT NULL DEFAULT 1,
    change_no INTEGER,                                       -- kept by triggers
    -- The gateway writes these, and nothing else:
    eblagh_reference  TEXT,
    eblagh_state      TEXT,
    eblagh_seq        INTEGER,
    eblagh_code       TEXT,
    eblagh_reason     TEXT,
    eblagh_tracking   TEXT,
    delivered_at      TEXT,
    viewed_at         TEXT,
    service_date      TEXT,
    service_effect    TEXT,
    eblagh_updated_at TEXT
);
-- Belongs to the sample alone: how each notice must end. The gateway never reads it.
CREATE TABLE sample_expectations (
    notice_id      INTEGER PRIMARY KEY REFERENCES notices,
    expected_state TEXT NOT NULL,
    expected_code  TEXT,                                     -- of a bad row: the code that it must be refused with
    defect         TEXT                                      -- of a bad row: what is wrong with it
);
CREATE VIEW eblagh_notices AS
SELECT n.notice_id, n.change_no, c.body_code, c.district, c.case_number, c.archive_number, c.renovation_code,
       p.paper_number, p.kind, p.subject, p.issued_on, p.serve_by, n.revision,
       r.kind AS recipient_kind, r.identifier AS recipient_id, r.name AS recipient_name,
       r.mobile, r.postal_code, r.address, p.document_name, p.document
FROM notices n
JOIN papers p ON p.paper_id = n.paper_id
JOIN cases c ON c.case_id = p.case_id
JOIN parties r ON r.party_id = n.party_id;
"""

INDEXES_AND_TRIGGERS = """
CREATE UNIQUE INDEX notices_by_change ON notices (change_no);
CREATE INDEX notices_by_paper ON notices (paper_id);
CREATE INDEX notices_by_party ON notices (party_id);
CREATE INDEX papers_by_case ON papers (case_id);

CREATE TRIGGER notice_inserted AFTER INSERT ON notices BEGIN
    UPDATE change_counter SET value = value + 1;
    UPDATE notices SET change_no = (SELECT value FROM change_counter) WHERE notice_id = NEW.notice_id;
END;
CREATE TRIGGER notice_updated AFTER UPDATE OF paper_id, party_id, revision ON notices BEGIN
    UPDATE change_counter SET value = value + 1;
    UPDATE notices SET change_no = (SELECT value FROM change_counter) WHERE notice_id = NEW.notice_id;
END;
-- Setting a column to itself fires notice_updated once for each notice: no two of them get one number.
CREATE TRIGGER paper_updated AFTER UPDATE ON papers BEGIN
    UPDATE notices SET paper_id = paper_id WHERE paper_id = NEW.paper_id;
END;
CREATE TRIGGER party_updated AFTER UPDATE ON parties BEGIN
    UPDATE notices SET party_id = party_id WHERE party_id = NEW.party_id;
END;
CREATE TRIGGER case_updated AFTER UPDATE ON cases BEGIN
    UPDATE notices SET paper_id = paper_id WHERE paper_id IN (SELECT paper_id FROM papers WHERE case_id = NEW.case_id);
END;
"""
"""Triggers, created after the rows: numbering them one by one through triggers would take most of the time."""
