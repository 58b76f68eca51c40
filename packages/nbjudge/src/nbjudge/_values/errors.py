"""Why a value, or a use of one, is not accepted. Each kind carries the status that a check gets."""

from nbjudge._model import Status


class Refused(BaseException):
    """This value, or this use of it, is outside of what the judge can vouch for.

    Not an Exception, so that `except Exception` in a check cannot turn it into a pass.
    """

    status = Status.CANNOT


class Forged(Refused):
    """What arrived is not what the agent sends: somebody else wrote it."""

    status = Status.TAMPERED


class Late(Refused):
    """The kernel did not answer in time."""

    status = Status.TIMED_OUT
