"""Errors written for the person who has to mend the input: what is wrong, where, and what to do (convention 10)."""


class XenotimeError(Exception):
    """Something went wrong that the user can mend.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence.
    where : str, optional
        File, row, column, field or label at fault.
    remedy : str, optional
        What to do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.remedy:
            lines.append(f"Remedy: {self.remedy}")
        return "\n".join(lines)


class InputError(XenotimeError):
    """The request itself is wrong: an unknown name, a missing file, options that exclude each other (exit 2)."""

    exit_code = 2


class SourceError(XenotimeError):
    """A source's file cannot be read as what it should be, or cannot be fetched."""


class SchemaError(XenotimeError):
    """A table breaks its schema; the message names file, row, column, value and remedy."""


class StoreError(XenotimeError):
    """The store is missing, locked, damaged, or asked for something it does not hold."""


class DataWarning(UserWarning):
    """The numbers can be computed, but a reader should know something about the data first."""
