"""The board keeps its layers: HTTP stands on services and stores, and these on values."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).parents[2] / "app" / "backend"


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# Rooms of the board to the rooms that they may import beside themselves, and what of the generator each may import.
BOARD: dict[str, tuple[set[str], set[str]]] = {
    "models": (set(), set()),
    "services": ({"models"}, {"release"}),
    "stores": ({"models", "services", "settings"}, {"release"}),
    "controllers": (
        {"models", "services", "stores", "settings"},
        {"release", "preview", "catalog"},
    ),
}


@pytest.mark.parametrize("room", BOARD)
def test_the_board_only_reads_and_its_rooms_import_one_way(room: str) -> None:
    """HTTP stands on services and stores, and these on values; no room knows AWS, the sandbox or the bot."""
    board, generator = BOARD[room]
    for path in sorted((BACKEND / "board" / room).rglob("*.py")):
        for name in imports(path):
            top, _, rest = name.partition(".")
            if top == "board" and rest:
                assert rest.partition(".")[0] in {room, *board}, f"{path} imports {name}"
            if top == "generator":
                assert rest.partition(".")[0] in generator, f"{path} imports {name}"
