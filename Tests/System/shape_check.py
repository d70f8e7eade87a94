#!/usr/bin/env python3
"""Holds the tree to its shape: file length, one README a folder, forbidden names and imports."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
problems = []
for folder in ("Functions", "Runtime"):
    for path in sorted((root / folder).rglob("*.swift")):
        name, text = path.relative_to(root), path.read_text()
        lines = text.count("\n")
        if lines > 400:
            problems.append(f"{name}: {lines} lines; a file past 400 usually has two subjects")
        if re.search(r"(Utils|Helper|Manager)", path.stem):
            problems.append(f"{name}: give it its real noun")
        if re.search(r"^import Foundation$", text, re.M):
            problems.append(f"{name}: import FoundationEssentials, never Foundation")
        for number, line in enumerate(text.splitlines(), 1):
            if "@unchecked Sendable" in line and not re.search(r"//.*", "\n".join(text.splitlines()[max(0, number - 9):number])):
                problems.append(f"{name}:{number}: say why @unchecked Sendable holds")
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                problems.append(f"{name}:{number}: unfinished work belongs in an issue")
    for path in sorted((root / folder).iterdir()):
        if path.is_dir() and not path.name.startswith("C") and not (path / "README.md").exists():
            problems.append(f"{path.relative_to(root)}: no README.md")
print("\n".join(problems) or "shape: in order")
sys.exit(1 if problems else 0)
