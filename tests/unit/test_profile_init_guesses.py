"""`profile init` guesses nothing that would send a notice to another one, or take a ticket for its number."""

from __future__ import annotations

from pathlib import Path

from adapters.judiciary.skeleton.guesses import telling, wanted
from adapters.judiciary.skeleton.profile_skeleton import write_skeleton
from adapters.judiciary.skeleton.roles import way_of_receipts
from adapters.judiciary.skeleton.survey import Role
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.schema import Group, Leaf

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns:t="urn:t"
  elementFormDefault="qualified">
<xs:element name="Login"><xs:complexType><xs:sequence><xs:element name="UserName" type="xs:string"/>
  <xs:element name="Password" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="LoginResponse"><xs:complexType><xs:sequence><xs:element name="Token" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
<xs:element name="SendLetter"><xs:complexType><xs:sequence><xs:element name="Title" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
<xs:element name="SendLetterResponse"><xs:complexType><xs:sequence><xs:element name="State" type="xs:string"/>
  <xs:element name="TicketId" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="JobStatus"><xs:complexType><xs:sequence><xs:element name="TicketId" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
<xs:element name="JobStatusResponse"><xs:complexType><xs:sequence><xs:element name="State" type="xs:string"/>
  <xs:element name="TicketId" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="SessionHeader"><xs:complexType><xs:sequence><xs:element name="Key" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
HEADER = '<s:header message="t:H" part="p" use="literal"/>'


def _binding(name: str, header: str) -> str:
    return (
        f'<operation name="{name}"><s:operation soapAction="urn:t#{name}"/><input>{header}<s:body use="literal"/>'
        '</input><output><s:body use="literal"/></output></operation>'
    )


def wsdl(folder: Path) -> Path:
    names = ("Login", "SendLetter", "JobStatus")
    messages = "".join(
        f'<message name="{each}In"><part name="p" element="t:{each}"/></message>'
        f'<message name="{each}Out"><part name="p" element="t:{each}Response"/></message>'
        for each in names
    )
    port = "".join(
        f'<operation name="{each}"><input message="t:{each}In"/><output message="t:{each}Out"/></operation>'
        for each in names
    )
    bindings = "".join(_binding(each, "" if each == "Login" else HEADER) for each in names)
    text = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
      xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
    <types><xs:schema><xs:import namespace="urn:t" schemaLocation="t.xsd"/></xs:schema></types>{messages}
    <message name="H"><part name="p" element="t:SessionHeader"/></message><portType name="P">{port}</portType>
    <binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bindings}</binding>
    <service name="S"><port name="P" binding="t:B"><s:address location="https://odd.invalid/"/></port></service>
    </definitions>"""
    folder.mkdir()
    (folder / "t.xsd").write_text(XSD, encoding="utf-8")
    (folder / "service.wsdl").write_text(text, encoding="utf-8")
    return folder / "service.wsdl"


def test_the_recipient_is_never_the_organisation_that_sends() -> None:
    for path in (("Recipient", "Company", "CompanyName"), ("receiver", "organizationName")):
        guess = wanted(path, "notice-to-message", Leaf(), prefix="notices[0].")
        assert guess is not None
        assert guess.source == "notices[0].recipient.name"
    guess = wanted(("Recipient", "OrganizationCode"), "notice-to-message", Leaf(), prefix="notices[0].")
    assert guess is None
    ours = wanted(("Sender", "OrganizationCode"), "notice-to-message", Leaf(), prefix="notices[0].")
    assert ours is not None
    assert ours.source == "$config.organisation"


def test_a_tracking_code_is_no_code_of_a_result() -> None:
    tracking, result = (("body", "tracking_code"), Leaf()), (("body", "result_code"), Leaf())
    assert telling("code", [tracking]) is None
    assert telling("code", [tracking, result]) == result
    assert telling("tracking_number", [tracking]) == tracking


def test_a_size_of_pages_is_no_number_of_a_page() -> None:
    for size in ("page_size", "per_page", "itemsPerPage"):
        sized = Group(members={"after": Leaf(), size: Leaf()})
        assert way_of_receipts(sized) == (ReceiptWay.CURSOR, PagingWay.CURSOR), size
    assert way_of_receipts(Group(members={"page": Leaf(), "page_size": Leaf()})) == (
        ReceiptWay.CURSOR,
        PagingWay.NUMBER,
    )


def test_a_ticket_is_no_number_and_the_only_part_of_a_header_is_the_token(tmp_path: Path) -> None:
    named = {Role.SUBMIT: "SendLetter", Role.LOGIN: "Login", Role.TICKET: "JobStatus"}
    write_skeleton(tmp_path / "new", wsdl(tmp_path / "given"), named, is_openapi=False)
    text = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "new").glob("*.toml")}
    for name in ("outcome.toml", "ticket-answer.toml"):
        number = text[name].partition('target = "tracking_number"')[2]
        assert "TicketId" not in number.partition("[[")[0], name
    assert 'from = "$session.token"    # a guess' in text["header.toml"]
    session = text["profile.toml"].partition("[session]")[2].partition("\n\n")[0]
    assert "header = " not in session
    assert "# a guess" in text["outcome.toml"].partition('target = "code"')[2].partition("[[")[0]


def test_the_draft_of_an_answer_says_that_its_values_are_texts(tmp_path: Path) -> None:
    write_skeleton(tmp_path / "new", wsdl(tmp_path / "given"), {Role.SUBMIT: "SendLetter"}, is_openapi=False)
    told = "Values of an answer in XML are texts: base64-decode, boolean, integer"
    assert told in (tmp_path / "new" / "outcome.toml").read_text(encoding="utf-8")
    assert told not in (tmp_path / "new" / "submit.toml").read_text(encoding="utf-8")


def test_how_many_a_page_has_is_not_its_number() -> None:
    for name, source in {
        "per_page": "limit", "PerPage": "limit", "itemsPerPage": "limit", "pageSize": "limit",
        "page": "page.number", "pageNumber": "page.number", "pageNo": "page.number", "current_page": "page.number",
    }.items():  # fmt: skip
        guess = wanted((name,), "page-to-message", Leaf(), prefix="")
        assert guess is not None
        assert guess.source == source, name
