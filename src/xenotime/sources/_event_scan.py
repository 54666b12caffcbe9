"""Cut blocks of tab-separated lines into fields, and read GDELT's fields, at the speed of the disk.

The formats here have no quoting, so a tab always ends a field and a line feed always ends a line. One pass over the
bytes marks where the wanted fields of each line begin and end and how many columns the line has; a second turns GDELT's
fields into numbers and says which rule a line breaks first. Both release Python's lock, so threads use all cores.
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from xenotime.sources._event_partial import HIGHEST, MILLIONTHS

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

#: What a line breaks first; 0 is nothing. The order is that of `FAULTS`.
FAULTS = ("", "columns", "nul", "id", "date", "actor", "target", "code", "quad", "intensity")
_NUL, _TAB, _FEED, _MINUS, _PLUS, _DOT, _ZERO, _NINE, _SPACE = 0, 9, 10, 45, 43, 46, 48, 57, 32
#: Most letters of a code: eight would not fit into a signed 64-bit number.
_LETTERS = 7


@dataclass(frozen=True)
class Fields:
    """Where the wanted fields of each line lie in a block.

    Attributes
    ----------
    first : (lines + 1,) int32
        Where each line begins; the last is the end of the block.
    start, end : (lines, wanted) int32
        Where each field begins and ends.
    columns : (lines,) int32
        Columns of the line.
    nul : (lines,) bool
        The line holds a NUL byte.
    """

    first: Places
    start: Places
    end: Places
    columns: Places
    nul: npt.NDArray[np.bool_]


def cut(block: Bytes, wanted: tuple[int, ...]) -> Fields:
    """Cut a block of whole lines.

    Parameters
    ----------
    block : (n,) uint8
        Lines, each ended by a line feed; shorter than 2 GiB.
    wanted : tuple of int
        Columns, counted from 0, ascending.
    """
    lines = int(np.count_nonzero(block == _FEED))
    first = np.zeros(lines + 1, np.int32)
    start, end = np.zeros((lines, len(wanted)), np.int32), np.zeros((lines, len(wanted)), np.int32)
    columns, nul = np.zeros(lines, np.int32), np.zeros(lines, np.bool_)
    _cut(block, np.array((*wanted, -1), np.int64), first, start, end, columns, nul)
    return Fields(first, start, end, columns, nul)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _cut(
    block: Bytes, wanted: Whole, first: Places, start: Places, end: Places, columns: Places, nul: npt.NDArray[np.bool_]
) -> None:
    line, column, begun, at = 0, 0, 0, 0
    for place in range(block.size):
        byte = block[place]
        if byte > _FEED:
            continue
        if byte in (_TAB, _FEED):
            if column == wanted[at]:
                start[line, at] = begun
                end[line, at] = place
                at += 1
            column += 1
            begun = place + 1
            if byte == _FEED:
                columns[line] = column
                line += 1
                first[line] = begun
                column = 0
                at = 0
        elif byte == _NUL:
            nul[line] = True


@dataclass(frozen=True)
class Numbers:
    """GDELT's fields as numbers, one a line.

    Attributes
    ----------
    id, date, actor, target, code, intensity : (lines,) int64
        Number of the event; yyyymmdd; codes packed by `pack`; millionths.
    quad : (lines,) int8
        1 to 4.
    fault : (lines,) int8
        Place in `FAULTS`; the other fields count only where it is 0.
    """

    id: Whole
    date: Whole
    actor: Whole
    target: Whole
    code: Whole
    quad: npt.NDArray[np.int8]
    intensity: Whole
    fault: npt.NDArray[np.int8]


def numbers(block: Bytes, fields: Fields, allowed: tuple[int, ...]) -> Numbers:
    """Read the fields of GDELT lines: number, date, both countries, event code, class, Goldstein's scale.

    Parameters
    ----------
    block : (n,) uint8
    fields : Fields
        Of seven wanted columns, in the order above.
    allowed : tuple of int
        Numbers of columns that a line may have.
    """
    lines = len(fields.columns)
    whole = np.zeros((6, lines), np.int64)
    quad, fault = np.zeros(lines, np.int8), np.zeros(lines, np.int8)
    permitted = np.array(allowed, np.int32)
    _numbers(block, fields.start, fields.end, fields.columns, fields.nul, permitted, whole, quad, fault)
    return Numbers(whole[0], whole[1], whole[2], whole[3], whole[4], quad, whole[5], fault)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _numbers(
    block: Bytes,
    start: Places,
    end: Places,
    columns: Places,
    nul: npt.NDArray[np.bool_],
    allowed: Places,
    whole: Whole,
    quad: npt.NDArray[np.int8],
    fault: npt.NDArray[np.int8],
) -> None:
    for line in range(columns.size):
        known = False
        for number in allowed:
            known = known or columns[line] == number
        if not known:
            fault[line] = 1
            continue
        if nul[line]:
            fault[line] = 2
            continue
        number, good = _whole(block, start[line, 0], end[line, 0])
        whole[0, line] = number
        if not good:
            fault[line] = 3
            continue
        number, good = _whole(block, start[line, 1], end[line, 1])
        whole[1, line] = number
        if not good or end[line, 1] - start[line, 1] != 8 or not _is_date(number):
            fault[line] = 4
            continue
        for which in range(2, 5):
            number, good = _packed(block, start[line, which], end[line, which])
            whole[which, line] = number
            if not good or (which == 4 and number == 0):
                fault[line] = 3 + which
                break
        if fault[line]:
            continue
        number, good = _whole(block, start[line, 5], end[line, 5])
        if not good or number < 1 or number > 4:
            fault[line] = 8
            continue
        quad[line] = number
        number, good = _millionths(block, start[line, 6], end[line, 6])
        whole[5, line] = number
        if not good:
            fault[line] = 9


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _whole(block: Bytes, start: int, end: int) -> tuple[np.int64, bool]:
    if start == end or end - start > 18:
        return np.int64(0), False
    number = np.int64(0)
    for place in range(start, end):
        byte = block[place]
        if byte < _ZERO or byte > _NINE:
            return np.int64(0), False
        number = number * 10 + (byte - _ZERO)
    return number, True


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _is_date(number: int) -> bool:
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    if year < 1900 or year > 2100 or month < 1 or month > 12 or day < 1:
        return False
    length = 31
    if month in (4, 6, 9, 11):
        length = 30
    elif month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        length = 29 if leap else 28
    return day <= length


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _packed(block: Bytes, start: int, end: int) -> tuple[np.int64, bool]:
    if end - start > _LETTERS:
        return np.int64(0), False
    number = np.int64(0)
    for place in range(start, end):
        if block[place] <= _SPACE or block[place] > 126:
            return np.int64(0), False
        number = number * 256 + block[place]
    return number, True


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _millionths(block: Bytes, start: int, end: int) -> tuple[np.int64, bool]:
    """Read a decimal number; GDELT leaves the scale empty for some codes, which counts as 0."""
    if start == end:
        return np.int64(0), True
    place, sign = start, 1
    if block[place] == _MINUS or block[place] == _PLUS:
        sign = -1 if block[place] == _MINUS else 1
        place += 1
    number, digits, decimals, dotted = np.int64(0), 0, 0, False
    while place < end:
        byte = block[place]
        place += 1
        if byte == _DOT and not dotted:
            dotted = True
        elif _ZERO <= byte <= _NINE:
            digits += 1
            if dotted:
                decimals += 1
                if decimals > 6:  # beyond what is kept
                    continue
            number = number * 10 + (byte - _ZERO)
            if number > 1_000_000_000:
                return np.int64(0), False
        else:
            return np.int64(0), False
    for _ in range(6 - min(decimals, 6)):
        number *= 10
    return np.int64(sign * number), bool(digits > 0 and number <= HIGHEST * MILLIONTHS)
