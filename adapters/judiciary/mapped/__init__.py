"""A foreign contract: its WSDL and XSD, bound by the mapping files of a judiciary profile."""
