"""Mizan's profiles, changed: no pages of slips and no confirmations, but an operation of ours that slips come by."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from tests.contracts.mizan.server import PROFILE, RPC_PROFILE

OVERLAY: Final = Path(__file__).parent / "overlay"
ACTION: Final = "http://mizan.invalid/ours/3/BringSlips"

_TYPES = """
  <xs:complexType name="BringSlipsType"><xs:sequence>
    <xs:element name="Paper" maxOccurs="500"><xs:complexType><xs:sequence>
      <xs:element name="SlipNo" type="m:Line"/>
      <xs:element name="Document" type="xs:base64Binary"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
  <xs:complexType name="BringSlipsResultType"><xs:sequence>
    <xs:element name="Paper" minOccurs="0" maxOccurs="500"><xs:complexType><xs:sequence>
      <xs:element name="SlipNo" type="m:Line"/>
      <xs:element name="Hash" type="m:Hash"/>
      <xs:element name="Kept" type="xs:int"/>
      <xs:element name="Why" type="m:Line" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
"""
_ELEMENTS = """
  <xs:element name="BringSlips" type="m:BringSlipsType"/>
  <xs:element name="BringSlipsResult" type="m:BringSlipsResultType"/>
"""
_WRAPPERS = """
  <xs:element name="BringSlips"><xs:complexType><xs:sequence>
    <xs:element name="in" type="m:BringSlipsType" form="unqualified"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="BringSlipsResponse"><xs:complexType><xs:sequence>
    <xs:element name="out" type="m:BringSlipsResultType" form="unqualified"/>
  </xs:sequence></xs:complexType></xs:element>
"""
_PORT = """
  <wsdl:message name="BringSlipsIn"><wsdl:part {part_in}/></wsdl:message>
  <wsdl:message name="BringSlipsOut"><wsdl:part {part_out}/></wsdl:message>
  <wsdl:portType name="Ours">
    <wsdl:operation name="BringSlips"><wsdl:input message="m:BringSlipsIn"/><wsdl:output message="m:BringSlipsOut"/></wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="OursSoap" type="m:Ours">
    <{soap}:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="BringSlips">
      <{soap}:operation soapAction="{action}"/>
      <wsdl:input><{soap}:body use="literal"{where}/></wsdl:input><wsdl:output><{soap}:body use="literal"{where}/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="Ours"><wsdl:port name="OursSoap" binding="m:OursSoap">
    <{soap}:address location="http://127.0.0.1/ours"/>
  </wsdl:port></wsdl:service>
</wsdl:definitions>"""  # noqa: E501
_PUSH = f"""
[operations.push]
name = "BringSlips"
request = "bring.toml"
answer = "kept.toml"
answer_action = "{ACTION}Result"

[receipt]"""


def make_profile(folder: Path, *, rpc: bool) -> Path:
    """Make the profile in ``folder``; return it."""
    shutil.copytree(RPC_PROFILE if rpc else PROFILE, folder)
    for name in ("page-request", "page", "confirmation"):
        (folder / f"{name}.toml").unlink()
    parts = {"in": 'in" type="m:BringSlipsType', "out": 'out" type="m:BringSlipsResultType'}
    if not rpc:
        parts = {"in": 'body" element="m:BringSlips', "out": 'body" element="m:BringSlipsResult'}
    port = _PORT.format(
        part_in=f'name="{parts["in"]}"',
        part_out=f'name="{parts["out"]}"',
        soap="soap12" if rpc else "soap",
        style="rpc" if rpc else "document",
        where=' namespace="urn:mizan:letters:3"' if rpc else "",
        action=ACTION,
    )
    _change(folder / "service.wsdl", r"</wsdl:definitions>", port)
    _change(folder / "messages.xsd", r"</xs:schema>", (_WRAPPERS if rpc else _ELEMENTS) + _TYPES + "</xs:schema>")
    profile = folder / "profile.toml"
    _change(profile, r"\[operations\.(receipts|confirm)\]\n(\w+ = .*\n)+\n", "", 2)
    _change(profile, r"\n\[receipt\]", _PUSH)
    _change(profile, r'receipts = "cursor"', 'receipts = "callback"')
    before = "in." if rpc else ""
    for name in ("bring", "kept"):
        text = (OVERLAY / f"{name}.toml").read_text(encoding="utf-8")
        (folder / f"{name}.toml").write_text(
            text.replace("IN.", before).replace("OUT.", "out." if rpc else ""), encoding="utf-8"
        )
    return folder


def _change(file: Path, old: str, new: str, times: int = 1) -> None:
    text, changed = re.subn(old, lambda _: new, file.read_text(encoding="utf-8"))
    assert changed == times, (file, old)
    file.write_text(text, encoding="utf-8")
