"""Whether what the lock names has a known vulnerability, and whether each entry has its hashes.

pip-audit asks the advisories of the package index. A known vulnerability is a failure. Where they
cannot be asked nothing is proven, which is said and is none: a check must also end on a train. What
was found is kept for the day, with the lock that it is of; `--anew` asks again.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
KEPT = Path(sys.prefix) / ".audited"
ASK_SECONDS = 5
LONGEST_SECONDS = 120
ENTRY = re.compile(r"^(?=[^\s#])(?:.*\\\n)*.*$", re.MULTILINE)
HASHED = re.compile(
    r"[\w.-]+(\[[\w,-]+\])?==[^\s;]+[^\n]* \\\n(    --hash=sha256:[0-9a-f]{64}[ \\\n]*)+"
)
UNASKED = "audit: not audited: the advisory service cannot be reached"


class Vulnerability(msgspec.Struct, frozen=True):
    """An advisory, and the releases that mend it."""

    id: str
    fix_versions: list[str] = []


class Package(msgspec.Struct, frozen=True):
    """What pip-audit says of one; `skip_reason`: why it says nothing."""

    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: list[Vulnerability] = []


class Report(msgspec.Struct, frozen=True):
    """What pip-audit says."""

    dependencies: list[Package]


class Verdict(msgspec.Struct, frozen=True):
    """What to print, and whether the check fails."""

    said: str
    failed: bool = False
    of: str = ""


def main(arguments: list[str]) -> int:
    """Prints the verdict; 1 if it is bad."""
    lock = LOCK.read_text("utf-8")
    of = f"{hashlib.sha256(lock.encode()).hexdigest()} {datetime.now(UTC):%F}"
    verdict = None if arguments else kept(KEPT, of)
    if verdict is None:
        verdict = judged(asked((str(Path(sys.executable).parent / "pip-audit"),)))
        KEPT.write_bytes(msgspec.json.encode(msgspec.structs.replace(verdict, of=of)))
    bare = [f"audit: {entry} has no hash" for entry in unhashed(lock)]
    print(*bare, verdict.said, sep="\n")  # noqa: T201 - this is a command
    return int(verdict.failed or bool(bare))


def unhashed(lock: str) -> Iterator[str]:
    """The lock's entries that are not of one release with its hashes."""
    for entry in ENTRY.findall(lock):
        if not HASHED.fullmatch(entry):
            yield entry.partition("\n")[0].rstrip(" \\")


def kept(file: Path, of: str) -> Verdict | None:
    """The verdict of earlier that day on the same lock."""
    try:
        verdict = msgspec.json.decode(file.read_bytes(), type=Verdict)
    except (OSError, msgspec.DecodeError):
        return None
    return verdict if verdict.of == of else None


def asked(command: tuple[str, ...]) -> Report | None:
    """What pip-audit reports; None where it could not."""
    options = ("--require-hashes", "--disable-pip", "--requirement", str(LOCK))
    quiet = ("--format", "json", "--progress-spinner", "off", "--timeout", str(ASK_SECONDS))
    try:
        ended = subprocess.run(
            (*command, *options, *quiet), check=False, capture_output=True, timeout=LONGEST_SECONDS
        )
        return msgspec.json.decode(ended.stdout, type=Report)
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
        return None


def judged(report: Report | None) -> Verdict:
    """What the report means; a package that was skipped is not a sound one."""
    packages = report.dependencies if report else []
    known = [package for package in packages if not package.skip_reason]
    if not known:
        return Verdict(UNASKED)
    if bad := [found for package in known for found in _vulnerable(package)]:
        return Verdict("\n".join(bad), failed=True)
    skipped = ", ".join(package.name for package in packages if package.skip_reason)
    unasked = f"; not audited: {skipped}" if skipped else ""
    return Verdict(f"audit: {len(known)} packages without a known vulnerability{unasked}")


def _vulnerable(package: Package) -> Iterator[str]:
    for found in package.vulns:
        mended = " or ".join(found.fix_versions) or "no release"
        yield f"audit: {package.name} {package.version}: {found.id}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
