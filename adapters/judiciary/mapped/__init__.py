"""A contract that no code knows: its WSDL and XSD, bound by the mapping files of a judiciary profile."""
