"""A page of HTML in the place of an answer is something in between, not an attack; an answer with a DTD is none."""

from __future__ import annotations

import pytest

from adapters.judiciary.web_page import is_web_page

IIS = b'\xef\xbb\xbf<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">\r\n<html><head></head></html>'
NGINX = b"<html>\r\n<head><title>502 Bad Gateway</title></head></html>"
XHTML = b'<?xml version="1.0"?>\n<!-- a page -->\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"/>'
WITH_DTD = b'<!DOCTYPE s [<!ENTITY x "y">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>'
ANSWER = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>'


@pytest.mark.parametrize("page", [IIS, NGINX, XHTML, b" <HTML>"])
@pytest.mark.parametrize(
    ("status", "media_type"), [(500, "text/html"), (500, "text/xml"), (200, "text/html"), (200, "")]
)
def test_a_page_is_told(page: bytes, status: int, media_type: str) -> None:
    assert is_web_page(page, status, media_type)


def test_a_part_of_a_page_is_told_by_its_media_type() -> None:
    assert is_web_page(b"<h1>Service unavailable</h1>", 500, "text/html")
    assert not is_web_page(b"<h1>Service unavailable</h1>", 500, "text/xml")


@pytest.mark.parametrize(
    ("octets", "status", "media_type"),
    [
        (WITH_DTD, 200, "text/xml"),
        (WITH_DTD, 500, "text/xml"),
        (WITH_DTD, 500, "text/html"),
        (IIS, 200, "text/xml"),
        (IIS, 200, "application/soap+xml"),
        (ANSWER, 200, "text/html"),
        (b"not xml", 500, "text/plain"),
        (b"<htmlish/>", 500, "text/xml"),
    ],
)
def test_an_answer_that_is_refused_is_no_page(octets: bytes, status: int, media_type: str) -> None:
    assert not is_web_page(octets, status, media_type)
