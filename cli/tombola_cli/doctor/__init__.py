"""The room of the doctor: is a deployed stack as it should be? Each check judges what AWS answered; one module asks."""
