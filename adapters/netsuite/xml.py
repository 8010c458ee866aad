"""XML that came from outside, read safely, and its elements by their names alone."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

__all__ = ["Element", "child", "children", "local", "parse", "text_of"]

# A call may have 100 MB (Oracle help, section_N3418637); no answer to one of ours comes near this.
LARGEST = 32 * 1024 * 1024


def parse(text: bytes) -> Element:
    """The root; no DTD, no entities, no network, nothing beyond libxml2's limits. ValueError when it is no such XML."""
    if len(text) > LARGEST:
        raise ValueError(f"it has {len(text)} bytes, and {LARGEST} are read at most")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"it is no well-formed XML: {error.msg}") from None
    if root.getroottree().docinfo.doctype:
        raise ValueError("it declares a document type, which no SOAP message may")
    return root


def local(element: Element) -> str:
    """The name without its namespace."""
    return etree.QName(element).localname


def children(element: Element | None, name: str = "") -> Iterator[Element]:
    """The children of that name ("" = all), whatever their namespace."""
    found = () if element is None else element.iterchildren(tag=etree.Element)
    return (one for one in found if not name or local(one) == name)


def child(element: Element | None, *names: str) -> Element | None:
    """The first descendant by these names, one below the other; None when there is none."""
    for name in names:
        element = next(children(element, name), None)
    return element


def text_of(element: Element | None, *names: str) -> str:
    """The text of such a descendant, "" when there is none."""
    found = child(element, *names)
    return (found.text or "").strip() if found is not None else ""
