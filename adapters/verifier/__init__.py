"""The auditor's side: reads segments and judges them, with neither database nor configuration nor network."""
