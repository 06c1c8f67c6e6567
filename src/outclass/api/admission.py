"""Who may ask: a key with its scope and quota, or an address with its allowance."""

from outclass.api.exchange import Exchange
from outclass.api.service import Service
from outclass.base.errors import AuthenticationError, PermissionDeniedError
from outclass.base.keys import Scope


async def admit(service: Service, exchange: Exchange, scope: Scope) -> None:
    """Count the request for its caller, or refuse it.

    Raises
    ------
    AuthenticationError
        The Authorization header holds no valid key; without the header a caller is anonymous.
    PermissionDeniedError
        The key lacks the scope.
    RateLimitedError
        The key's quota or the address's allowance is used up.
    UnavailableError
        The key cannot be looked up.
    """
    header = exchange.headers.get(b"authorization")
    if header is None:
        service.visitors.admit(exchange.address)
        return
    try:
        key = await service.keys.admit(header)
    except AuthenticationError:
        service.visitors.admit(exchange.address)  # guessing is as limited as asking without a key
        raise
    exchange.key = key
    if not key.allows(scope):
        raise PermissionDeniedError(
            "the key lacks the scope that is needed",
            got=key.scopes,
            accepted=scope.value,
            hint="use another key",
        )
