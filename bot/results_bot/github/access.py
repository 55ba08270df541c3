"""Where GitHub is and the token for it, parsed once; the token stays out of every `repr`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from results_bot.errors import ConfigError

_HOSTED = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one GitHub."""

    token: str = field(repr=False)
    api_url: str = _HOSTED
    graphql_url: str = f"{_HOSTED}/graphql"
    timeout: float = 30.0
    """Seconds to connect, and seconds of silence."""

    def __post_init__(self) -> None:
        if not self.token:
            raise ConfigError("no token for GitHub: set GITHUB_TOKEN, or the action's input token")
        if not all("!" <= character <= "~" for character in self.token):
            raise ConfigError(
                "the token for GitHub holds spaces, line ends or other odd characters"
            )
        places = [urlsplit(url) for url in (self.api_url, self.graphql_url)]
        for place, name in zip(places, ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL"), strict=True):
            plain = place.scheme in ("https", "http") and place.hostname and "@" not in place.netloc
            if not plain or place.query or place.fragment:
                raise ConfigError(f"{name} must be an address such as {_HOSTED}")
        if places[0].netloc != places[1].netloc or places[0].scheme != places[1].scheme:
            # The token would go to two hosts, of which one may not be GitHub's.
            raise ConfigError("GITHUB_API_URL and GITHUB_GRAPHQL_URL are on different hosts")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Access:
        """Read `GITHUB_TOKEN`, `GITHUB_API_URL` and `GITHUB_GRAPHQL_URL`. Raises ConfigError."""
        api_url = (environment.get("GITHUB_API_URL") or _HOSTED).rstrip("/")
        graphql_url = environment.get("GITHUB_GRAPHQL_URL") or _graphql_beside(api_url)
        return cls(environment.get("GITHUB_TOKEN", "").strip(), api_url, graphql_url)


def _graphql_beside(api_url: str) -> str:
    return api_url.removesuffix("/v3") + "/graphql"
