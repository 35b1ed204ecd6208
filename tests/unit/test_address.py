"""Where a Redis is: URLs taken apart, and shown without their passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.errors import ConfigError
from qctl.model import address
from qctl.store import Address, parse_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("unix:///run/redis.sock", Address(scheme="unix", path="/run/redis.sock")),
        ("unix:///a%20b/r.sock?db=4", Address(scheme="unix", path="/a b/r.sock", db=4)),
        ("unix://ada:p%40ss@/r.sock", Address(scheme="unix", path="/r.sock", user="ada", password="p@ss")),
        ("redis://db1", Address(scheme="redis", host="db1")),
        ("redis://db1:7000/3", Address(scheme="redis", host="db1", port=7000, db=3)),
        ("redis://:se%2Fcret@db1", Address(scheme="redis", host="db1", password="se/cret")),
        ("redis://ada:pw@db1/0", Address(scheme="redis", host="db1", user="ada", password="pw")),
        ("redis://[::1]:7000", Address(scheme="redis", host="::1", port=7000)),
        ("rediss://db1/1", Address(scheme="rediss", host="db1", db=1)),
        (
            "redis+sentinel://:pw@s1,s2:26380/ops/2",
            Address(
                scheme="redis+sentinel",
                host="s1",
                port=26379,
                db=2,
                password="pw",
                hosts=(("s1", 26379), ("s2", 26380)),
                service="ops",
            ),
        ),
        (
            "rediss://db1?ssl_ca_certs=/ca.pem&ssl_certfile=/me.pem&ssl_keyfile=/me.key&db=4&ssl_cert_reqs=required",
            Address(scheme="rediss", host="db1", db=4, ca_certs="/ca.pem", certfile="/me.pem", keyfile="/me.key"),
        ),
        (
            "redis+sentinel://s1/ops?tls=true&sentinel_username=eve&sentinel_password=h%26sh",
            Address(
                scheme="redis+sentinel",
                host="s1",
                port=26379,
                hosts=(("s1", 26379),),
                service="ops",
                tls=True,
                sentinel_user="eve",
                sentinel_password="h&sh",
            ),
        ),
        (
            "redis+cluster://n1:7000,n2",
            Address(scheme="redis+cluster", host="n1", port=7000, hosts=(("n1", 7000), ("n2", 6379))),
        ),
    ],
)
def test_a_url_names_its_parts(url: str, address: Address) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://db1", "'http' is no Redis URL; it begins with one of unix:// redis://"),
        ("db1:6379", "'db1' is no Redis URL"),
        ("", "'' is no Redis URL"),
        ("unix://redis.sock", "the socket's path must be absolute"),
        ("redis://db1:port", "bad Redis URL: 'port' is no port"),
        ("redis://ada:pw@db1:70000", "bad Redis URL: '70000' is no port, which is a number up to 65535"),
        ("redis+cluster://n1,n2:-1", "bad Redis URL: '-1' is no port"),
        ("redis://[::1", "bad Redis URL: its host cannot be read"),
        ("redis://db1/one", "'one' is no database number"),
        ("redis://db1/-1", "'-1' is no database number"),
        ("redis+sentinel://s1", "name the service that Sentinel watches"),
        ("redis+cluster://n1/3", "a cluster has no database numbers"),
        ("redis://db1?ssl_ca_certs=/ca.pem", "ssl_ca_certs is for TLS: rediss:// instead of redis://"),
        ("redis+cluster://n1?ssl_ca_certs=/ca.pem", "ssl_ca_certs is for TLS: add tls=true"),
        ("redis+cluster://n1?tls=maybe", "tls is true or false, not 'maybe'"),
        ("rediss://db1?ssl_cert_reqs=none", "certificates and host names are always checked"),
        ("rediss://db1?ssl_check_hostname=false", "certificates and host names are always checked"),
        ("rediss://db1?ssl_ca_certs=ca.pem", "ssl_ca_certs must be an absolute path, not 'ca.pem'"),
        ("rediss://db1?ssl_keyfile=/me.key", "ssl_keyfile needs ssl_certfile"),
        ("rediss://db1?tls=true", "rediss:// has no option 'tls', only db, ssl_ca_certs"),
        ("redis://db1?timeout=3", "redis:// has no option 'timeout', only db"),
    ],
)
def test_a_url_that_makes_no_sense_is_a_fault_of_the_configuration(url: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_address(url)
    assert complaint in str(refused.value)
    assert refused.value.exit_code == 78


@pytest.mark.parametrize(
    "url",
    [
        "rediss://qctl:p@hu/sh:hush@localhost:21379",
        "redis://qctl:hush/hush@db1",
        "redis://:hush#hush@db1",
        "redis://:12#hush@db1",
        "redis://:hush?hush@db1",
        "redis://:12?hush=hush@db1",
        "redis://:hu[sh@db1",
        "redis://:hush\u2100@db1",
        "redis+sentinel://:12/hush@s1:26379/ops/0",
        "redis+sentinel://:12/hush@s1",
        "redis+cluster://:hush/hush@n1",
        "redis+cluster://:hush]@n1",
        ":hush@db1:6379",
        "hush:hush@db1:6379",
        "hush@db1",
    ],
)
def test_no_piece_of_a_password_is_repeated_where_a_url_is_refused(url: str) -> None:
    """Whoever does not quote the signs of a password is told how, and not what it was cut into."""
    with pytest.raises(ConfigError) as refused:
        parse_address(url)
    assert "hush" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert "://" not in url or "%2F %40 %3A" in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("unix:///r.sock", "unix:///r.sock"),
        ("unix://ada:hush@/r.sock?db=2", "unix:///r.sock?db=2"),
        ("redis://:hush@db1", "redis://:***@db1:6379/0"),
        ("redis://ada:hush@[::1]/4", "redis://ada:***@[::1]:6379/4"),
        ("redis+sentinel://ada:hush@s1,s2/ops/1", "redis+sentinel://ada:***@s1:26379,s2:26379/ops/1"),
        ("redis+cluster://n1,n2", "redis+cluster://n1:6379,n2:6379"),
    ],
)
def test_what_is_shown_holds_no_password(url: str, shown: str) -> None:
    assert parse_address(url).shown == shown


def test_what_is_written_of_an_address_by_chance_holds_no_password() -> None:
    assert "hush" not in repr(parse_address("redis+sentinel://ada:hush@s1/ops?sentinel_password=hush"))


def test_a_server_that_sentinel_or_a_cluster_names_is_spoken_to_as_the_url_says() -> None:
    """The Sentinels themselves have users of their own, and no databases."""
    url = "redis+sentinel://ada:pw@s1/ops/2?tls=true&ssl_ca_certs=/ca.pem&sentinel_password=other"
    address = parse_address(url)
    server, sentinel = address.server("10.0.0.7", 6400), address.sentinel("s1", 26379)
    assert (server.scheme, server.host, server.port, server.db) == ("rediss", "10.0.0.7", 6400, 2)
    assert (server.user, server.password, server.ca_certs, server.hosts) == ("ada", "pw", "/ca.pem", ())
    assert (sentinel.scheme, sentinel.db, sentinel.user, sentinel.password) == ("rediss", 0, "", "other")


@given(
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["redis://", "unix://", "unix:///", "REDIS://", "redis:/", "rediss://"]),
        st.text("ab.:@%-", max_size=8),
        st.sampled_from(["h", "H1", "", "::1", "[::1]", "h:0", "h:70", "h:70000", "h:+1", "h:٣"]),
        st.sampled_from(["", "/", "/3", "/03", "/x", "/3/", "//3", "/a/b", "?db=2", "/1#f"]),
        st.text("a/:@ \n?", max_size=3),
    )
)
def test_a_plain_url_is_read_as_the_long_way_reads_it(url: str) -> None:
    def said() -> object:
        try:
            return parse_address(url)
        except ConfigError as error:
            return str(error)

    plain = said()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address, "_plain_socket", lambda _: None)
        patch.setattr(address, "_plain_server", lambda _: None)
        assert plain == said()
