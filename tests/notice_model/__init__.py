"""The model of a notice's protocol (docs/design/model), checked with SPIN: `python -m tests.notice_model`."""
