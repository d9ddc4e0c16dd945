"""A file's XML as plain nodes that know their line; what could expand, or lead elsewhere, is refused."""

import io
import re
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from sim.errors import UserError
from sim.roads.formats.source_file import LARGEST_FILE, number_of, read_bytes, shorten

MOST_NODES = 200_000  # the largest maps of CARLA's towns have half as many
DEEPEST = 32
LONGEST_NAME = 100  # characters
WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")  # Python would take 1_0 and digits of other scripts for numbers, too
STRANGE = frozenset({"userData", "surface", "railroad", "include", "dataQuality", "geoReference"})
UNUSED = STRANGE | {"objects", "signals"}  # where nobody asks for them


@dataclass(slots=True)
class Node:
    """An element."""

    tag: str
    attributes: dict[str, str]
    file: str
    line: int
    children: list["Node"] = field(default_factory=list)

    @property
    def where(self) -> str:
        """File, line and tag, as error messages begin."""
        return f"{self.file}, line {self.line}: <{self.tag}>"

    def all(self, tag: str) -> list["Node"]:
        """The children with a tag."""
        return [child for child in self.children if child.tag == tag]

    def child(self, tag: str) -> "Node | None":
        """The first child with a tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def has(self, name: str) -> bool:
        """Whether an attribute is there and says something."""
        return bool(self.attributes.get(name, "").strip())

    def text(self, name: str, default: str | None = None) -> str:
        """An attribute, in one line.

        Raises:
            UserError: it is missing, and there is no default.
        """
        value = self.attributes.get(name, default)
        if value is None:
            raise UserError(f"{self.where} has no {name}.")
        return value if value.isprintable() else "".join(sign if sign.isprintable() else " " for sign in value)

    def name(self, name: str, default: str | None = None) -> str:
        """An attribute that names something.

        Raises:
            UserError: it is too long for that, or it is missing, and there is no default.
        """
        value = self.text(name, default)
        if len(value) > LONGEST_NAME:
            raise UserError(f"{self.where} {name} has {len(value):,} characters, but may have {LONGEST_NAME}.")
        return value

    def flag(self, name: str) -> bool:
        """An attribute that is true or false; false where it is missing.

        Raises:
            UserError: it is something else.
        """
        value = self.text(name, "false")
        if value not in ("true", "false", "1", "0"):
            raise UserError(f"{self.where} {name} is {shorten(value)}, but must be true or false.")
        return value in ("true", "1")

    def number(self, name: str, default: float | None = None) -> float:
        """An attribute that is a finite number.

        Raises:
            UserError: it is not, or it is missing, and there is no default.
        """
        if default is not None and name not in self.attributes:
            return default
        return number_of(self.text(name), lambda: f"{self.where} {name}")

    def whole(self, name: str) -> int:
        """An attribute that is a whole number.

        Raises:
            UserError: it is not, or it is missing.
        """
        text = self.text(name)
        if WHOLE.fullmatch(text) is None:
            raise UserError(f"{self.where} {name} is {shorten(text)}, but must be a whole number.")
        return int(text)


def read_tree(path: Path, unused: Set[str] = UNUSED) -> Node:
    """The root of a file's elements, without those with an ``unused`` tag.

    Raises:
        UserError: it cannot be read, is no XML, holds document type declarations or entities, or is too large.
    """
    data, skipped = _without_leading_comments(read_bytes(path))
    handler = _Builder(str(path), skipped, unused)
    # At once: in parts, an attribute of 30 MB would be read from its beginning with each of them.
    parser = create_parser(bufsize=LARGEST_FILE, forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(data))
    except UserError:
        raise
    except DefusedXmlException:
        raise UserError(
            f"{path} declares a document type or entities, which no map needs and which could do harm; remove them."
        ) from None
    except SAXParseException as error:
        line = (error.getLineNumber() or 0) + skipped
        raise UserError(f"{path}, line {line}: this is no XML ({error.getMessage()}).") from None
    except (SAXException, ValueError, LookupError, AssertionError) as error:
        raise UserError(f"{path} is no XML that can be read ({error}).") from None
    if handler.root is None:
        raise UserError(f"{path} has no elements.")
    return handler.root


def _without_leading_comments(data: bytes) -> tuple[bytes, int]:
    """A file from its XML declaration on, and how many lines before it were left out: comments there are wrong."""
    rest = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith(b"<!--"):
        _, end, after = rest.partition(b"-->")
        if not end:
            return data, 0
        rest = after.lstrip()
    if not rest.startswith(b"<?xml"):
        return data, 0
    return rest, data[: len(data) - len(rest)].count(b"\n")


class _Builder(ContentHandler):
    """Builds nodes while the parser reads."""

    def __init__(self, file: str, skipped: int, unused: Set[str]) -> None:
        super().__init__()
        self.root: Node | None = None
        self._file, self._skipped, self._left_out = file, skipped, unused
        self._open: list[Node] = []
        self._unused = 0
        self._count = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """Opens a node."""
        if self._unused or name in self._left_out:
            self._unused += 1
            return
        line = int(self._locator.getLineNumber() or 0) + self._skipped  # type: ignore[attr-defined]
        node = Node(name, dict(attrs), self._file, line)
        self._count += 1
        if self._count > MOST_NODES:
            raise UserError(f"{node.where}: the file has more than {MOST_NODES:,} elements; take a part of the map.")
        if len(self._open) >= DEEPEST:
            raise UserError(f"{node.where}: elements lie more than {DEEPEST} deep, but those of a map do not.")
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:  # noqa: N802
        """Closes a node."""
        if self._unused:
            self._unused -= 1
        else:
            self._open.pop()
