"""The command line: a file for each verb, English, exit codes 0 good, 1 a finding, 2 wrong usage or configuration."""
