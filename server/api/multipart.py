"""A multipart form as it arrives: small fields are kept, its one file is passed on. No I/O.

python-multipart finds the parts; here stands what may be in a form, and how much of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from wzrd.domain.errors import BadRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELDS = 20
MAX_DELIMITERS = 100
"""Boundaries in a form, real or not: each takes many steps of Python, and no sender's stands in its own file."""
MAX_FIELD_BYTES = 65_536
"""Bytes of all fields together that are no file."""


class BadForm(BadRequest):
    """The multipart form cannot be read."""

    code = "bad_form"


@dataclass(frozen=True, slots=True)
class FileBegins:
    """The file's data follow. `content_type` is what the sender says."""

    field: str
    name: str
    content_type: str | None


@dataclass(frozen=True, slots=True)
class FileData:
    """A piece of the file."""

    data: bytes


FormEvent: TypeAlias = FileBegins | FileData


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a multipart form; None when the type is another.

    Raises:
        BadForm: it names no boundary.
    """
    kind, options = parse_options_header(content_type)
    if kind.lower() != b"multipart/form-data":
        return None
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= 200:
        raise BadForm("Content-Type: multipart/form-data needs a boundary")
    return boundary


class FormReader:
    """Bytes in, events out. `fields` grow as they come; those behind the file come too late for most readers."""

    def __init__(self, boundary: bytes) -> None:
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_header_name,
            "on_header_value": self._add_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)
        self._events = list[FormEvent]()
        self._fields = dict[str, bytes]()
        self._field_bytes = 0
        self._pieces = list[bytes]()
        self._delimiter = b"\r\n--" + boundary
        self._delimiters = self._parts = 0
        self._has_file = False
        self._is_complete = False
        self._begin_part()

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields so far that are no file."""
        return {name: value.decode(errors="replace") for name, value in self._fields.items()}

    def feed(self, data: bytes) -> list[FormEvent]:
        """The events in the next bytes.

        Raises:
            BadForm: they are no form, hold a second file, or too many or too long fields.
        """
        self._delimiters += data.count(self._delimiter)
        if self._delimiters > MAX_DELIMITERS:
            message = "send fewer parts, or choose another boundary"
            raise BadForm(f"The form's boundary stands in it more than {MAX_DELIMITERS} times: {message}")
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadForm(f"The multipart form cannot be read: {error}") from None
        events, self._events = self._events, []
        if self._pieces:  # of the one file: they come behind its beginning
            events.append(FileData(b"".join(self._pieces)))
            self._pieces.clear()
        return events

    def finish(self) -> None:
        """Say that nothing follows.

        Raises:
            BadForm: the form is cut off.
        """
        if not self._is_complete:
            raise BadForm("The multipart form is cut off: its last boundary is missing")

    def _begin_part(self) -> None:
        self._headers = dict[str, str]()
        self._header, self._value = b"", b""
        self._name: str | None = None
        self._is_file = False

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._header, self._value = b"", b""

    def _end_headers(self) -> None:
        kind, options = parse_options_header(self._headers.get("content-disposition", ""))
        if kind != b"form-data" or b"name" not in options:
            raise BadForm("Each part of the form needs Content-Disposition: form-data; name=…")
        self._name = options[b"name"].decode(errors="replace")
        if b"filename" not in options:
            self._parts += 1
            if self._parts > MAX_FIELDS:
                raise BadForm(f"The form has more than {MAX_FIELDS} fields")
            self._fields[self._name] = b""
            return
        if self._has_file:
            raise BadForm("The form holds more than one file: send one at a time")
        self._has_file = self._is_file = True
        name = options[b"filename"].decode(errors="replace")
        self._events.append(FileBegins(self._name, name, self._headers.get("content-type")))

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pieces.append(data[start:end])
            return
        self._field_bytes += end - start
        if self._field_bytes > MAX_FIELD_BYTES:
            raise BadForm(f"The form's fields are longer than {MAX_FIELD_BYTES} bytes")
        if self._name is not None:
            self._fields[self._name] += data[start:end]

    def _end_part(self) -> None:
        self._name = None

    def _end(self) -> None:
        self._is_complete = True
