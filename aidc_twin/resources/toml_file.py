"""TOML (and JSON) definitions to checked models; every defect with its line, nothing raises on bad input."""

from __future__ import annotations

import json
import re
import tomllib
import types
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel

from aidc_twin.errors import Problem
from aidc_twin.resources.cells import FROM_FILE
from aidc_twin.resources.defects import Defects, display_name
from aidc_twin.resources.nested import (
    MAX_DEPTH,
    Place,
    check_values,
    key_lines,
    keys_meant,
    line_of,
    meant,
    shown,
    too_deep,
)
from aidc_twin.resources.suggest import cure
from aidc_twin.resources.text import read_text
from aidc_twin.resources.unread import build, is_whole, without

__all__ = ["check_keys", "check_tree", "read_json", "read_toml", "read_toml_tree", "refuse_yaml"]

Model = TypeVar("Model", bound=BaseModel)
MAX_BYTES = 2**20
SUGGESTIONS = 50
"""Unknown keys of a file for which the nearest known one is looked up."""
_PLACE = re.compile(r"^(.*) \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$", re.DOTALL)
_BARE = re.compile(r"^[ \t]*\[{0,2}[ \t]*([^\s=\"'\[\]#]*[^\x00-\x7f][^\s=\"'\[\]#]*)")


def read_toml(path: Path, model: type[Model], problems: list[Problem], name: str | None = None) -> Model | None:
    """Model of a TOML file, or None and the problems.

    Types are strict: ``true`` is no number, ``"3"`` is not 3, ``3.0`` is no whole number. Unknown keys are refused
    whatever the model says. Keys may also be the aliases of a field (in quotes if they are not ASCII).
    """
    read = read_toml_tree(path, problems, name)
    return None if read is None else check_tree(read[0], model, problems, name or display_name(path), read[1])


def read_toml_tree(
    path: Path, problems: list[Problem], name: str | None = None
) -> tuple[dict[str, Any], dict[Place, int]] | None:
    """Plain tree of a TOML file and the line of each key, or None and the problems.

    Values that nobody may mean (NaN, infinity, invisible characters) are problems, and stay in the tree: `check_keys`
    leaves them out.
    """
    defects = Defects(name or display_name(path), problems)
    text = read_text(path, defects, limit=MAX_BYTES)
    if text is None or _refused_depth(text, defects):
        return None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _syntax(text, str(error), defects)
        return None
    except (ValueError, RecursionError) as error:
        defects.add(0, "", f"unreadable TOML ({str(error)[:100]})", fix="repair the value", code="toml-syntax")
        return None
    lines = key_lines(text)
    valid = check_values(tree, lines, defects)
    defects.close()
    return (tree, lines) if valid or keys_meant(tree) else None


def check_tree(tree: dict[str, Any], model: type[Model], problems: list[Problem], name: str,
               lines: dict[Place, int] | None = None) -> Model | None:  # fmt: skip
    """Model of a plain tree as read from TOML or JSON, or None and the problems."""
    before = len(problems)
    built = check_keys(tree, model, problems, name, lines)
    return built if len(problems) == before and is_whole(built) else None


def check_keys(tree: dict[str, Any], model: type[Model], problems: list[Problem], name: str,
               lines: dict[Place, int] | None = None) -> Model:  # fmt: skip
    """Model of a plain tree, which lacks the keys that cannot be read (`aidc_twin.resources.unread`), and the problems.

    Where a key is unknown, it may be meant for any that is not there. Values that nobody may mean are told already.
    """
    defects, lines = Defects(name, problems), lines or {}
    shaped, told = meant(_shaped(tree, model, (), lines, defects))
    lacking = {str(place[0]) for place in told}
    if defects.count:
        lacking |= set(model.model_fields).difference(shaped)
    built, faults = build(model, shaped, strict=True, context={FROM_FILE: True})
    _report([fault for fault in faults if tuple(fault["loc"]) not in told], lines, defects)
    defects.close()
    return without(built, lacking)


def read_json(path: Path, problems: list[Problem], name: str | None = None) -> object | None:
    """Value of a JSON file, or None and a problem (NaN, a key twice, text after the end, deep nesting …)."""
    defects = Defects(name or display_name(path), problems)
    text = read_text(path, defects, limit=MAX_BYTES)
    if text is None or _refused_depth(text, defects):
        return None
    try:
        value: object = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        found = f"{error.msg} (column {error.colno})"
        defects.add(error.lineno, "", found, allowed="JSON", fix="repair the JSON", code="json-syntax")
        return None
    except (ValueError, RecursionError) as error:
        defects.add(0, "", str(error)[:150], allowed="JSON", fix="repair the value", code="json-value")
        return None
    return value if check_values(value, {}, defects) else None


def refuse_yaml(path: Path, problems: list[Problem], name: str | None = None) -> bool:
    """Whether a file, or any file of a folder, is YAML; each is a problem that names TOML."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    found = [file for file in files if file.suffix.lower() in (".yaml", ".yml")]
    for file in found:
        fix = f"write {file.stem}.toml (YAML reads 12:30 as 750 and NO as false)"
        label = name if name and file == path else display_name(file)
        problems.append(Problem(label, 0, "", "a YAML file", "TOML", fix, "yaml"))
    return bool(found)


def _refused_depth(text: str, defects: Defects) -> bool:
    line = too_deep(text)
    if line:
        allowed = f"{MAX_DEPTH} levels"
        defects.add(line, "", "nesting too deep", allowed=allowed, fix="flatten the value", code="too-deep")
    return line > 0


def _syntax(text: str, message: str, defects: Defects) -> None:
    """Problem of a text that is no TOML, with its place; a bare Chinese key gets its own cure."""
    match = _PLACE.match(message)
    lines = text.split("\n")
    line = int(match[2]) if match and match[2] else len(lines)
    reason = match[1] if match else message
    bare = _BARE.match(lines[line - 1]) if line <= len(lines) else None
    if bare and "=" in lines[line - 1] + "=":
        fix = f'quote the key: "{bare[1]}"'
        defects.add(line, bare[1], "a bare key that is not ASCII", fix=fix, code="bare-key")
        return
    column = f" (column {match[3]})" if match and match[3] else ""
    twice = "overwrite" in reason or "twice" in reason
    code, fix = ("duplicate-key", "delete one of them") if twice else ("toml-syntax", "repair the TOML")
    defects.add(line, "", f"{reason}{column}", allowed="TOML", fix=fix, code=code)


def _shaped(value: Any, annotation: Any, place: Place, lines: dict[Place, int], defects: Defects) -> Any:
    """Value with lists as tuples where the model says tuple, aliases as names, and unknown keys taken out."""
    annotation = _core(annotation, value)
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(value, list) and origin in (tuple, list):
        item = args[0] if args else Any
        parts = [_shaped(v, item, (*place, n), lines, defects) for n, v in enumerate(cast("list[Any]", value))]
        return parts if origin is list else tuple(parts)
    if isinstance(value, dict) and origin is dict:
        table = cast("dict[str, Any]", value)
        return {key: _shaped(below, args[1], (*place, key), lines, defects) for key, below in table.items()}
    if isinstance(value, dict) and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _shaped_table(cast("dict[str, Any]", value), annotation, place, lines, defects)
    return cast("Any", value)


def _shaped_table(
    table: dict[str, Any], model: type[BaseModel], place: Place, lines: dict[Place, int], defects: Defects
) -> dict[str, Any]:
    names = {alias: name for name, field in model.model_fields.items() for alias in (name, *_aliases(field))}
    names |= {field.alias: name for name, field in model.model_fields.items() if field.alias}
    result: dict[str, Any] = {}
    for key, value in table.items():
        line, name = line_of(lines, (*place, key)), names.get(key)
        if name is None:
            fix = cure(key, names) if defects.count < SUGGESTIONS else "remove it"
            defects.add(line, shown((*place, key)), "an unknown key", fix=fix, code="unknown-key")
        elif (target := model.model_fields[name].alias or name) in result:
            found = f"another name of {name!r}, which is given too"
            defects.add(line, shown((*place, key)), found, fix="delete one of them", code="ambiguous-key")
        else:
            result[target] = _shaped(value, model.model_fields[name].annotation, (*place, key), lines, defects)
    return result


def _aliases(field: Any) -> tuple[str, ...]:
    extra = field.json_schema_extra
    return tuple(cast("dict[str, Any]", extra).get("aliases", ())) if isinstance(extra, dict) else ()


def _core(annotation: Any, value: Any) -> Any:
    """Annotation without Annotated, and the member of a union that fits the form of the value."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    for member in get_args(annotation):
        core = _core(member, value)
        origin = get_origin(core)
        if isinstance(value, list) and origin in (tuple, list):
            return core
        if isinstance(value, dict) and (origin is dict or (isinstance(core, type) and issubclass(core, BaseModel))):
            return core
    return Any


def _report(faults: list[Any], lines: dict[Place, int], defects: Defects) -> None:
    for fault in faults:
        place: Place = tuple(fault["loc"])
        cause = fault.get("ctx", {}).get("error")
        if fault["type"] == "missing":
            defects.add(line_of(lines, place), shown(place), "no such key", fix="add the key", code="missing-key")
            continue
        given = fault["input"]
        if fault["type"] == "too_short" and len(given) >= fault.get("ctx", {}).get("min_length", 0):
            continue  # enough are given, and those that are wrong are told
        found = f"a {_form(given)}" if isinstance(given, dict | tuple | list) else repr(given)[:100]
        allowed = "" if cause else fault["msg"].removeprefix("Input should be ")
        fix, code = getattr(cause, "fix", "correct the value"), getattr(cause, "code", fault["type"].replace("_", "-"))
        found = f"{found} ({cause})" if cause else found
        defects.add(line_of(lines, place), shown(place), found, allowed=allowed, fix=fix, code=code)


def _form(value: Any) -> str:
    return "table" if isinstance(value, dict) else "list"


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twin!r} twice in one object")
    return table


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number in JSON")
