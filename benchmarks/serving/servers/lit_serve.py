"""LitServe with one worker on the CPU."""

import sys

import litserve
from common import open_session, predict


class Digits(litserve.LitAPI):
    """Answers for 784 numbers."""

    def setup(self, device):  # noqa: ARG002 - given by name
        """Open the net in the worker."""
        self.session = open_session()

    def decode_request(self, request):
        """Take the body as it is."""
        return request

    def predict(self, x):
        """Run the net."""
        return predict(self.session, x)

    def encode_response(self, output):
        """Answer with JSON."""
        return output


if __name__ == "__main__":
    server = litserve.LitServer(Digits(), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
    )
