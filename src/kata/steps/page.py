"""The list of steps as a page of HTML that needs no other, and as plain text."""

import json
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from kata.steps.listed import TODO, Steps, said

SCRIPTS = ("draw.js", "net.js", "page.js")


def as_html(steps: Steps) -> str:
    """Return the page."""
    here = files("kata.steps")
    scripts = [(here / name).read_text("utf-8") for name in SCRIPTS]
    name = steps["name"]
    says = "".join(f"<li>{escape(line)}</li>" for line in notes(steps))
    return Template((here / "page.html").read_text("utf-8")).substitute(
        name=escape(name),
        heading="A backward pass, number by number",
        title=escape(f"{steps['title']} · kata step {name}"),
        css=(here / "page.css").read_text("utf-8"),
        theme=(here / "theme.js").read_text("utf-8"),  # before anything is drawn
        js="\n".join(scripts),
        notes=f'<ul id="notes">{says}</ul>' if says else "",
        text=escape(as_text(steps)),
        # a text in it must not end the element
        data=json.dumps(steps, ensure_ascii=False).replace("</", r"<\/"),
    )


def notes(steps: Steps) -> list[str]:
    """Return what is to be said of functions that cannot be run, or are wrong."""
    todo = [name for name, says in steps["notes"].items() if TODO in says]
    lines = [says for name, says in steps["notes"].items() if name not in todo]
    return [*lines, *([f"~ filled in, as {TODO}: {', '.join(todo)}"] if todo else [])]


def as_text(steps: Steps) -> str:
    """Return all steps, a line each."""
    lines = notes(steps)
    for number, step in enumerate(steps["steps"], 1):
        lines.append(f"{number:3}  {line_of(steps, step)}")
    return "\n".join(lines)


def line_of(steps: Steps, step: Steps) -> str:
    """Return one step as a line: its number, by whom, what it is made from, and if it is right."""
    put_in = step["put_in"] if step["kind"] == "v" else terms(steps["base"], step["cell"])
    shown = f"{name_of(steps, step)} = {said(number_of(steps, steps['base'], step))}"
    return "  ".join(part for part in (shown, step["by"], put_in, step["says"]) if part)


def terms(run: Steps, cell: int) -> str:
    """Return the chain rule with the numbers put in: slope times gradient, for each path."""
    found = [
        f"{brackets(slope)}·{brackets(run['g'][to])}" for at, to, slope in run["e"] if at == cell
    ]
    return " + ".join(found) or "0"


def labels(steps: Steps) -> list[str]:
    """Return what each cell is called."""
    return [label for tensor in steps["tensors"] for label in tensor["labels"]]


def name_of(steps: Steps, step: Steps) -> str:
    """Return what a step shows: l1[0, 1], or dL/dl1[0, 1]."""
    return f"{'dL/d' if step['kind'] == 'g' else ''}{labels(steps)[step['cell']]}"


def number_of(steps: Steps, run: Steps, step: Steps) -> Any:
    """Return the learner's number of a step in a run."""
    cell, kind = step["cell"], step["kind"]
    if kind == "v" and run is steps["base"]:
        return steps["said"].get(str(cell), run["v"][cell])
    return run[kind][cell]


def brackets(number: float | None) -> str:
    """Return a number as it stands in a formula."""
    return said(number) if number is None or number >= 0 else f"({said(number)})"
