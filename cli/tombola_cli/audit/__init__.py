"""The room of the auditor: do the books keep the five promises? It shares no code with the system that it audits."""
