"""Places outside the machine that keep checkpoints: a file share, a service over https, a mailbox."""
