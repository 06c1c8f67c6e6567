"""The fault of a stream that began well."""


class BrokenStreamError(BaseException):
    """A stream that began well could not be finished; no handler of faults can answer any more."""
