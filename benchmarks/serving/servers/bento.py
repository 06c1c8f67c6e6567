"""BentoML with one worker; the body is the one positional argument."""

import bentoml
from common import open_session
from common import predict as run


@bentoml.service(workers=1)
class Digits:
    """Answers for 784 numbers."""

    def __init__(self) -> None:
        self.session = open_session()

    @bentoml.api(route="/predict")
    def predict(self, numbers: list[float], /) -> dict:
        """Run the net."""
        return run(self.session, numbers)
