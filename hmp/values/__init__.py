"""From what was typed (text or JSON) to the value of a declared property; no command and no machine is known here."""
