"""What is generated and committed: the gRPC code beside its .proto, the tables in README.md. `--check` compares instead of writing."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).parent.parent
PROTOS = ROOT / "protos"


def stubs() -> dict[Path, bytes]:
    """Path below protos/ -> content, of everything that protoc makes from our .proto files."""
    sources = sorted(str(path) for path in PROTOS.rglob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        options = [f"-I{PROTOS}", f"-I{well_known}", f"--python_out={folder}", f"--pyi_out={folder}", f"--grpc_python_out={folder}"]
        if protoc.main(["protoc", *options, *sources]) != 0:
            raise SystemExit("protoc refused the .proto files")
        made = {path.relative_to(folder): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
    return {PROTOS / name: content for name, content in made.items() if content or name.suffix == ".py"}


def readme() -> dict[Path, bytes]:
    """README.md with its generated tables as they should be."""
    from services.readme import with_tables
    from tests.plans.index import rows_table

    path = ROOT / "README.md"
    return {path: with_tables(path.read_text(), {"rows": rows_table}).encode()}


def main() -> int:
    """Write what differs, or with --check name it and return 1."""
    check = "--check" in sys.argv
    stale = [path for path, content in {**stubs(), **readme()}.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        print(f"{'stale: run `make generate`:' if check else 'wrote'} {path.relative_to(ROOT)}")
    if not check:
        for path, content in {**stubs(), **readme()}.items():
            path.write_bytes(content)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
