"""Java tools: Apache Santuario and Apache WSS4J, driven by small programs of ours in `tests/peers/java/`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests import debian

SOURCES: Final = sorted((Path(__file__).parent / "java").glob("*.java"))
_JARS: Final = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("wss4j", "xmlsec", "slf4j-api", "slf4j-nop", "commons-logging", "commons-codec")
]

needs_java = debian.needs("default-jdk-headless", "libxml-security-java", "libwss4j-java")


class Java:
    """The compiled programs."""

    def __init__(self, classes: Path) -> None:
        libraries = [str(jar) for jar in _JARS]
        command = ["javac", "-proc:none", "-Xlint:all", "-Werror", "-cp", os.pathsep.join(libraries)]
        subprocess.run([*command, "-d", str(classes), *map(str, SOURCES)], check=True)
        self._class_path = os.pathsep.join([str(classes), *libraries])

    def run(self, program: str, *arguments: str | Path) -> list[str]:
        """Return the lines that a program prints."""
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", self._class_path, program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def verdicts(self, program: str, trusted: Path, folder: Path, octets: Sequence[bytes], *known: str) -> list[str]:
        """Return what a checking program that is told ``known`` says to each of these documents."""
        files = [folder / f"{number}.xml" for number in range(len(octets))]
        for file, content in zip(files, octets, strict=True):
            file.write_bytes(content)
        return self.run(program, trusted, *known, *files)
