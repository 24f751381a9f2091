"""Everything around the gateways: machines with clocks, case database, archive folder, witnesses, time authority."""
