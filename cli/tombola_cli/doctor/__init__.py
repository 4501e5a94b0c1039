"""The room of the doctor: is a deployed stack as it should be? Each check judges an answer of AWS; one module asks."""
