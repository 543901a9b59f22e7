import pytest
from unison_desktop.frame.server_address import BadAddressError, server_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("unison.example", "https://unison.example:8450"),
        (" unison.example:8443/ ", "https://unison.example:8443"),
        ("https://unison.example", "https://unison.example"),
        ("http://10.1.2.3:8000", "http://10.1.2.3:8000"),
        ("localhost", "http://localhost:8450"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://unison.example/app", "https://unison.example"),
        ("https://[::1]:8450", "https://[::1]:8450"),
    ],
)
def test_what_people_type(typed: str, meant: str) -> None:
    assert server_address(typed) == meant
    assert server_address(meant) == meant


NO_ADDRESS = ["", "  ", "ftp://unison.example", "two words", "http://", "unison.example:port", "::"]


@pytest.mark.parametrize("typed", NO_ADDRESS)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(BadAddressError, match=r"unison\.example"):
        server_address(typed)
