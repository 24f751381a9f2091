"""The auditor's trust folder: anchors, pins, and the verdict on one signature."""
