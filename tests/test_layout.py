"""The shape of the code: short files, short functions, views of a few lines, one seam to each system."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "outclass"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
FILE_LINES = 400
FUNCTION_LINES = 50
VIEW_LINES = 20
# Modules that exist on one family of systems only; the names of what may import them.
POSIX_ONLY = {"fcntl", "grp", "pwd", "resource", "termios", "tty"}


def name_of(path):
    return path.relative_to(SOURCE).as_posix()


def functions_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of(function):
    """Count the lines of a function without its decorators and its docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    text = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - text


def offenders(limit, functions):
    """Return the functions over a limit, as `file:name` with their lines."""
    return {
        f"{name_of(path)}:{each.name}": lines_of(each) for path, each in functions if lines_of(each) > limit
    }


def test_a_file_is_at_most_400_lines():
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}

    assert {name: count for name, count in lines.items() if count > FILE_LINES} == {}


def test_a_function_is_at_most_50_lines():
    assert offenders(FUNCTION_LINES, [(path, each) for path in FILES for each in functions_of(path)]) == {}


def is_view(function):
    arguments = function.args.posonlyargs + function.args.args
    return bool(arguments) and arguments[0].arg == "request"


def test_a_view_is_at_most_20_lines():
    site = [path for path in FILES if path.is_relative_to(SOURCE / "site")]
    views = [(path, each) for path in site for each in functions_of(path) if is_view(each)]

    assert views
    assert offenders(VIEW_LINES, views) == {}


def platform_branches(tree):
    """Return the nodes inside `if sys.platform ...:` and its `else:`."""
    branches = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "sys.platform" in ast.unparse(node.test)
    ]
    return {id(child) for branch in branches for child in ast.walk(branch)}


def bare_imports(path):
    """Return the modules that a file imports on every system."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = platform_branches(tree)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import) and id(node) not in guarded]
    return {alias.name for node in imports for alias in node.names}


def test_what_only_one_system_has_is_imported_behind_a_branch():
    assert {name_of(path): found for path in FILES if (found := bare_imports(path) & POSIX_ONLY)} == {}
