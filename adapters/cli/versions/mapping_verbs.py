"""The verbs `mapping`: files of mappings, their replay, and the life of their versions."""

from __future__ import annotations

from adapters.cli.versions import mapping, mapping_replay, version_life
from adapters.cli.versions.life_subject import MAPPING

app = mapping.app
app.command("replay")(mapping_replay.replay_file)
version_life.add_verbs(app, MAPPING)
