"""Mapping of rows with every kind of rule, and with comments everywhere."""

RICH = """\
# The mapping of the fifth district.

[mapping]   # header
language = 1
name = "rich"
kind = "row-to-notice"

# Kinds of persons.
[tables.person]            # a table
fold = true
unknown = { refuse = "recipient.kind" }
[tables.person.entries]
"حقیقی" = "NATURAL"        # a person
"حقوقي" = "LEGAL"
"FOREIGN" = "FOREIGN"
"NATURAL" = "NATURAL"

[tables.kinds]
unknown = "refuse"
[tables.kinds.entries]
"پیش‌نویس" = { refuse = "notice.kind", reason = "پیش‌نویس ابلاغ نمی‌شود." }
"ruling" = "ruling"
"first-warning" = "first-warning"
"second-warning" = "second-warning"

# Every row is of one body.
[[field]]
target = "body.code"
value = "article-100"      # fixed

[[field]]
target = "body.district"
from = "district"
default = "منطقه ۵"

[[field]]
target = "case_number"
from = "case_number"
required = "notice.field-missing"
title = "شماره پرونده شهرداری"

[[field]]
target = "paper_number"
from = '"paper_number"'    # quoted
do = ["number", { name = "prefix", text = "B" }]
required = true

[[field]]
target = "kind"
from = "kind"
do = [
  "line",                  # first
  { name = "lookup", table = "kinds" },
]
required = true

[[field]]
target = "subject"
expression = "join(' ', [kind, subject])"
required = true

[[field]]
target = "issued_on"
from = "issued_on"
do = ["jalali-date"]
required = true

[[field]]
target = "recipient.kind"
from = "recipient_kind"
do = ["line", { name = "lookup", table = "person" }]
required = true
refuse = "recipient.kind"

# A company has another column.
[[field]]
target = "recipient.identifier"
when = { from = "recipient_kind", is = "حقوقي" }
from = "recipient_id"
required = true

[[field]]
target = "recipient.identifier"
from = "recipient_id"
required = true

[[field]]
target = "recipient.name"
from = ["recipient_name", "subject"]
do = [{ name = "join" }]
required = true

[[field]]
target = "recipient.mobile"
from = "mobile"
[field.when]               # a condition below
target = "recipient.kind"
is = "NATURAL"

[[field]]
target = "document.name"
from = "document_name"
required = true

[[field]]
target = "document.octets"
from = "document"
required = true

[[field]]
target = "extra.zone"
from = "district"

# The end.
[[repeat]]
target = "attachments"
from = "attachments"
[[repeat.field]]           # inside
target = "name"
from = "name"
required = true
[[repeat.field]]
target = "octets"
from = "content"
required = true
# last words
"""
