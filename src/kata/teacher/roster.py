"""A roster: under which login a student's work is known, whatever the entry is called."""

from collections.abc import Iterable
from pathlib import Path

from kata.teacher.tables import Line, Table

# what such columns are called by us, by Canvas, Moodle, Gradescope, and GitHub Classroom
LOGINS = ("login", "identifier", "sis login id", "username", "sis user id", "sid", "id number")
NAMES = ("entry", "submission", "folder", "file", "name", "student", "full name", "id", "user id")
ACCOUNTS = ("email", "email address", "github_username", "github username", "github_id")
PARTS = (("first name", "firstname", "vorname"), ("last name", "surname", "lastname", "nachname"))


class Roster:
    """Logins by name: of an entry, a person, an account."""

    def __init__(self, path: Path | None = None) -> None:
        """Read a roster. Raises Usage, with each bad line."""
        self._logins: dict[str, str] = {}
        self._met: set[str] = set()
        if path is not None:
            self._read(Table(path))

    def _read(self, table: Table) -> None:
        head, after = table.head, 1
        column = next((name for name in LOGINS if name in head), "")
        if not column:  # no head: the entry's name, then the login
            head, column, after = ["entry", "login"], "login", 0
        known = [name for name in head if name in (*NAMES, *ACCOUNTS, *LOGINS)]
        of_names = known if len(known) > 1 or set(head) & set(sum(PARTS, ())) else head
        named: dict[str, dict[str, int]] = {}  # by name: logins, each with its first line
        lines = table.under(head, after)
        for line in lines:
            for name in _names(line, of_names):
                named.setdefault(name, {}).setdefault(line[column], line.number)
        for line in lines:
            names, login = _names(line, of_names), line[column]
            if not login:
                table.fault(line.number, f"has no {column}")
            elif not names - {_plain(login)} and len(head) > 1:
                table.fault(line.number, f"says no name whose login {login} is")
            elif all(len(named[name]) > 1 for name in names - {_plain(login)}):
                name = min(names - {_plain(login)})
                first = min(number for of, number in named[name].items() if of != login)
                told = f"line {first} gives it to another, and no other name tells them apart"
                table.fault(line.number, f"gives {login} the name {name!r}; {told}")
        table.done()
        self._logins = {name: next(iter(of)) for name, of in named.items() if len(of) == 1}
        self._all = sorted({line[column] for line in lines})

    def __bool__(self) -> bool:
        return bool(self._logins)

    def login_of(self, names: Iterable[str]) -> str:
        """Return the login of whoever has one of these names; "" where nobody has."""
        found = next((self._logins[n] for n in map(_plain, names) if n in self._logins), "")
        self._met.add(found)
        return found

    @property
    def without_entry(self) -> list[str]:
        """Return the logins that no entry was of."""
        return [login for login in self._all if login not in self._met] if self else []


def _names(line: Line, columns: Iterable[str]) -> set[str]:
    parts = [next((line[c] for c in of if line[c]), "") for of in PARTS]
    whole = [" ".join(parts)] if all(parts) else []
    return {_plain(name) for name in [*(line[c] for c in columns), *whole] if name}


def _plain(name: str) -> str:
    """Return a name as it is compared: small letters, "Last, First" the right way round."""
    last, comma, first = name.partition(",")
    return " ".join((f"{first} {last}" if comma else name).split()).casefold()
